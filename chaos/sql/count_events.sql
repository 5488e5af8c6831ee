-- How many events are stored.
SELECT count(*) FROM iot_personal_hub.raw_devices_properties;
