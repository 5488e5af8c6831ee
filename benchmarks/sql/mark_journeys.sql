INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)
VALUES (1, %(since)s, %(until)s)
