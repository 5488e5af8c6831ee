INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)
SELECT fix.device_id, min(fix.location_time), max(fix.location_time)
FROM iot_personal_hub.locations AS fix
GROUP BY fix.device_id, date_trunc('month', fix.location_time, 'UTC')
