-- How many events of a device the hub holds.
SELECT count(*) AS events FROM iot_personal_hub.raw_devices_properties WHERE device_id = %(device_id)s
