-- The same stays for the same history.
SELECT journey.latitude, journey.longitude
FROM iot_personal_hub.journeys AS journey
WHERE journey.kind = 'stay'
ORDER BY md5(format('%%s %%s', journey.device_id, journey.starts))
LIMIT %(stays)s
