-- How many events there are.
SELECT count(*) AS events FROM iot_personal_hub.raw_devices_properties
