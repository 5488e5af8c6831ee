-- How many events of a device the first beta's table holds.
SELECT count(*) AS events FROM first_beta.raw_devices_properties WHERE device_id = %(device_id)s
