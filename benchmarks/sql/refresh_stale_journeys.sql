SELECT iot_personal_hub.refresh_stale_journeys() AS marks
