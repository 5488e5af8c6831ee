-- What a refresh of these hours takes from events for drives; it marks the drives stale.
SELECT iot_personal_hub.note_driving(1, %(since)s, %(until)s, NULL, NULL)
