-- Processes this many marks of stale hours; returns how many there were.
SELECT iot_personal_hub.refresh_stale_hours(%(marks)s) AS marks
