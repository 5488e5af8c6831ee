-- Replaces agg_hourly_devices_smartphone_location_details of a device between two whole hours,
-- from the fixes taken in them that are no outliers.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_location_details(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- An hour whose only fixes turned out to be outliers has no row any more.
    DELETE FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
    USING (
        SELECT date_trunc('hour', location.location_time, 'UTC') AS date_hour
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = the_device
          AND location.location_time >= window_start
          AND location.location_time < window_end
        GROUP BY 1
        HAVING bool_and(location.outlier IS NOT NULL)
    ) AS lost
    WHERE agg.device_id = the_device
      AND agg.date_hour = lost.date_hour;

    INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg (
        device_id, date_hour,
        altitude_min, altitude_avg, altitude_max,
        latitude_min, latitude_avg, latitude_max,
        longitude_min, longitude_avg, longitude_max)
    WITH fixed AS (
        SELECT
            location.device_id,
            date_trunc('hour', location.location_time, 'UTC') AS date_hour,
            iot_personal_hub.number_at(location.properties, '{altitude_m}') AS altitude,
            -- The shortest text of a double precision is the decimal that was sent.
            location.latitude::text::numeric AS latitude,
            location.longitude::text::numeric AS longitude
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = the_device
          AND location.location_time >= window_start
          AND location.location_time < window_end
          AND location.outlier IS NULL
        -- Keeps the planner from taking the number out of the JSON once for every mention of it.
        OFFSET 0
    ),
    hourly AS (
        SELECT
            fixed.device_id,
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
        GROUP BY fixed.device_id, fixed.date_hour
    )
    SELECT
        hourly.device_id, hourly.date_hour,
        hourly.altitude_min, hourly.altitude_avg, hourly.altitude_max,
        hourly.latitude_min, hourly.latitude_avg, hourly.latitude_max,
        hourly.longitude_min, hourly.longitude_avg, hourly.longitude_max
    FROM hourly
    ON CONFLICT (device_id, date_hour) DO UPDATE SET
        altitude_min = excluded.altitude_min,
        altitude_avg = excluded.altitude_avg,
        altitude_max = excluded.altitude_max,
        latitude_min = excluded.latitude_min,
        latitude_avg = excluded.latitude_avg,
        latitude_max = excluded.latitude_max,
        longitude_min = excluded.longitude_min,
        longitude_avg = excluded.longitude_avg,
        longitude_max = excluded.longitude_max,
        updated_at = now();
END
$$;
