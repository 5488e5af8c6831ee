-- From the fixes taken in the hour that are no outliers. Longitudes are those of the smallest arc that holds them all, and
-- their mean along it: across the antimeridian the average and the maximum run on beyond 180 degrees.
WITH fixed AS (
    SELECT
        iot_personal_hub.hour_part(location.location_time, p_cuts) AS date_hour,
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
),
summed AS (
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
        max(fixed.longitude) AS longitude_max,
        array_agg(fixed.longitude) AS longitudes
    FROM fixed
    GROUP BY fixed.date_hour
)
SELECT
    summed.date_hour,
    summed.altitude_min,
    summed.altitude_avg,
    summed.altitude_max,
    summed.latitude_min,
    summed.latitude_avg,
    summed.latitude_max,
    coalesce(arc.west, summed.longitude_min) AS longitude_min,
    coalesce(arc.mean, summed.longitude_avg) AS longitude_avg,
    coalesce(arc.east, summed.longitude_max) AS longitude_max
FROM summed
-- Of less than half a turn, the smallest arc is the plain one.
LEFT JOIN LATERAL iot_personal_hub.longitude_arc(summed.longitudes) AS arc
    ON summed.longitude_max - summed.longitude_min > 180
