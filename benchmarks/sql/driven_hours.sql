-- Hours in which the car was driven, some of them.
SELECT date_trunc('hour', drive.starts, 'UTC') AS since, date_trunc('hour', drive.starts, 'UTC') + interval '1 hour' AS until
FROM iot_personal_hub.drives AS drive
ORDER BY md5(drive.starts::text)
LIMIT %(hours)s
