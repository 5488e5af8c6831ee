-- How many events the hub holds.
SELECT count(*) AS n FROM iot_personal_hub.raw_devices_properties
