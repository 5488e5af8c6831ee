SELECT fixes.changed_since FROM iot_personal_hub.refresh_locations(1, %(since)s, %(until)s) AS fixes
