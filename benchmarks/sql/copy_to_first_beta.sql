-- The same events in the first beta's table, in the order of their arrival.
INSERT INTO first_beta.raw_devices_properties (device_id, device_timestamp, properties)
SELECT raw.device_id, raw.device_timestamp, raw.properties
FROM iot_personal_hub.raw_devices_properties AS raw
ORDER BY raw.device_time, raw.device_id
