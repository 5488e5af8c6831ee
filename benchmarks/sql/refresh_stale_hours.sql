-- What the worker calls.
SELECT iot_personal_hub.refresh_stale_hours() AS marks
