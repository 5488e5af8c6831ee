-- The numbers of the messages that are stored, by their times.
SELECT raw.device_id,
       coalesce(raw.properties #>> '{count,n}', raw.properties #>> '{owntracks,tst}')::integer AS n
FROM iot_personal_hub.raw_devices_properties AS raw
ORDER BY raw.device_time, raw.id;
