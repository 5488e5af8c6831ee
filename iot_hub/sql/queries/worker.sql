-- name: refresh_stale_hours
SELECT iot_personal_hub.refresh_stale_hours();

-- name: publish_due_hours
SELECT iot_personal_hub.publish_due_hours();

-- name: refresh_hours
SELECT iot_personal_hub.refresh_hours(%(from)s, %(to)s);

-- name: refresh_device
SELECT iot_personal_hub.refresh_device(%(device_id)s, %(from)s, %(to)s);
