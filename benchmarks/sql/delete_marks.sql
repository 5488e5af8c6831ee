-- Nothing is stale.
DELETE FROM iot_personal_hub.stale_hours
