-- The first beta's way: one hour, found by looking at every row's time; whole numbers; 0 for what is missing.
INSERT INTO first_beta.agg_hourly_devices_smartphone_location_details (
    device_id, date_hour, altitude_min, altitude_avg, altitude_max, latitude_min, latitude_avg, latitude_max,
    longitude_min, longitude_avg, longitude_max)
WITH measured AS (
    SELECT
        raw.device_id,
        date_trunc('hour', to_timestamp(raw.device_timestamp)) AS date_hour,
        (raw.properties #> '{location,altitude_m}')::integer AS altitude,
        (raw.properties #> '{location,latitude}')::integer AS latitude,
        (raw.properties #> '{location,longitude}')::integer AS longitude
    FROM first_beta.raw_devices_properties AS raw
    WHERE to_timestamp(raw.device_timestamp) >= %(hour)s
      AND to_timestamp(raw.device_timestamp) < %(hour)s + interval '1 hour'
)
SELECT
    device_id, date_hour,
    coalesce(min(altitude), 0), coalesce(round(avg(altitude), 2), 0), coalesce(max(altitude), 0),
    coalesce(min(latitude), 0), coalesce(round(avg(latitude), 2), 0), coalesce(max(latitude), 0),
    coalesce(min(longitude), 0), coalesce(round(avg(longitude), 2), 0), coalesce(max(longitude), 0)
FROM measured
GROUP BY device_id, date_hour
ON CONFLICT (device_id, date_hour) DO UPDATE SET
    altitude_min = excluded.altitude_min,
    altitude_avg = excluded.altitude_avg,
    altitude_max = excluded.altitude_max,
    latitude_min = excluded.latitude_min,
    latitude_avg = excluded.latitude_avg,
    latitude_max = excluded.latitude_max,
    longitude_min = excluded.longitude_min,
    longitude_avg = excluded.longitude_avg,
    longitude_max = excluded.longitude_max
