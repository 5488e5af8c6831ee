-- How much the worker has still to do.
SELECT count(*) AS marks FROM iot_personal_hub.stale_hours
