SELECT count(*) AS rows, count(DISTINCT raw.device_time) AS times
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.device_id = %(device_id)s
