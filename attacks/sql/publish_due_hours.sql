-- Publishes at most this many due hours; returns how many there were.
SELECT iot_personal_hub.publish_due_hours(%(marks)s) AS marks
