-- How many marks of stale hours wait for the worker.
SELECT count(*) AS marks
FROM iot_personal_hub.stale_hours AS mark
