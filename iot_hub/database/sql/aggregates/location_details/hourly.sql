-- From the fixes taken in the hour that are no outliers. Longitudes are those of the smallest arc that holds them all, and
-- their mean along it: across the antimeridian the average and the maximum run on beyond 180 degrees.
WITH fixed AS (
    SELECT
        iot_personal_hub.hour_part(location.location_time, p_cuts) AS date_hour,
        -- The shortest text of a double precision is the decimal that was sent.
        location.latitude::text::numeric AS latitude,
        location.longitude::text::numeric AS longitude
    FROM iot_personal_hub.locations AS location
    WHERE location.device_id = p_device_id
      AND location.location_time >= p_since
      AND location.location_time < p_until
      AND location.outlier IS NULL
    OFFSET 0
),
summed AS (
    SELECT
        fixed.date_hour,
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
    altitude.min AS altitude_min,
    altitude.avg AS altitude_avg,
    altitude.max AS altitude_max,
    summed.latitude_min,
    summed.latitude_avg,
    summed.latitude_max,
    coalesce(arc.west, summed.longitude_min) AS longitude_min,
    coalesce(arc.mean, summed.longitude_avg) AS longitude_avg,
    coalesce(arc.east, summed.longitude_max) AS longitude_max
FROM summed
LEFT JOIN iot_personal_hub.agg_hourly_devices_metrics AS altitude
    ON altitude.device_id = p_device_id
   AND altitude.metric = 'location.altitude'
   AND altitude.date_hour = summed.date_hour
   -- Of these hours alone, however many a device has.
   AND altitude.date_hour >= p_since
   AND altitude.date_hour < p_until
-- Of less than half a turn, the smallest arc is the plain one. OFFSET 0: it is computed for no other hour.
LEFT JOIN LATERAL (
    SELECT arc.west, arc.mean, arc.east
    FROM iot_personal_hub.longitude_arc(summed.longitudes) AS arc
    WHERE summed.longitude_max - summed.longitude_min > 180
    OFFSET 0
) AS arc ON true
