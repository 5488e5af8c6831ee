SELECT min(raw.device_time) AS since, max(raw.device_time) AS until, count(*) AS events
FROM iot_personal_hub.raw_devices_properties AS raw
