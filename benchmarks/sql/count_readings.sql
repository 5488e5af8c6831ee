SELECT count(*) AS rows, count(DISTINCT properties) AS readings FROM iot_personal_hub.raw_devices_properties
