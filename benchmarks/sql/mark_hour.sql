-- One hour of one device is stale.
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour) VALUES (%(device_id)s, %(hour)s)
