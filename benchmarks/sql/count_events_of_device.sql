-- How many events of a device are stored.
SELECT count(*) FROM iot_personal_hub.raw_devices_properties AS raw WHERE raw.device_id = %(device_id)s;
