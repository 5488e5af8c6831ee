-- How many different readings a device has, and how often the most frequent of them is stored.
SELECT count(*) AS different, coalesce(max(again.times), 0) AS most
FROM (SELECT count(*) AS times
      FROM iot_personal_hub.raw_devices_properties AS raw
      WHERE raw.device_id = %s
      GROUP BY raw.properties #>> '{count,n}') AS again;
