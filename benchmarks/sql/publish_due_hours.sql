SELECT iot_personal_hub.publish_due_hours() AS hours
