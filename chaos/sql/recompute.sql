-- Recomputes all hours that there can be.
SELECT iot_personal_hub.refresh_hours('2000-01-01', now() + interval '2 days') AS hours
