CREATE TEMPORARY TABLE late_fixes (LIKE iot_personal_hub.locations)
