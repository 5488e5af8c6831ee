SELECT min(fix.location_time) AS since, max(fix.location_time) AS until
FROM iot_personal_hub.locations AS fix
