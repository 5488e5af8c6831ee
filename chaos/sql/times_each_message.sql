-- One row per device and number of a message: how often it is stored.
SELECT device_id, coalesce(properties #>> '{count,n}', properties #>> '{owntracks,tst}')::integer AS n,
       count(*) AS times
FROM iot_personal_hub.raw_devices_properties
GROUP BY 1, 2;
