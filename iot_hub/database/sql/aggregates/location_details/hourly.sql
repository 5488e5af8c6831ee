-- From the fixes taken in the hour that are no outliers.
WITH fixed AS (
    SELECT
        date_trunc('hour', location.location_time, 'UTC') AS date_hour,
        iot_personal_hub.number_at(location.properties, '{altitude_m}') AS altitude,
        -- The shortest text of a double precision is the decimal that was sent.
        location.latitude::text::numeric AS latitude,
        location.longitude::text::numeric AS longitude
    FROM iot_personal_hub.locations AS location
    WHERE location.device_id = p_device_id
      AND location.location_time >= p_since
      AND location.location_time < p_until
      AND location.outlier IS NULL
    -- Keeps the planner from taking the number out of the JSON once for every mention of it.
    OFFSET 0
)
SELECT
    fixed.date_hour,
    min(fixed.altitude) AS altitude_min,
    avg(fixed.altitude) AS altitude_avg,
    max(fixed.altitude) AS altitude_max,
    min(fixed.latitude) AS latitude_min,
    avg(fixed.latitude) AS latitude_avg,
    max(fixed.latitude) AS latitude_max,
    min(fixed.longitude) AS longitude_min,
    avg(fixed.longitude) AS longitude_avg,
    max(fixed.longitude) AS longitude_max
FROM fixed
GROUP BY fixed.date_hour
