-- One event, as the first beta stored it.
INSERT INTO first_beta.raw_devices_properties (device_id, device_timestamp, properties) VALUES (%s, %s, %s)
