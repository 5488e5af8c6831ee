-- Publishes so many hours that are due; tells how many there were.
SELECT iot_personal_hub.publish_due_hours(%(marks)s) AS marks
