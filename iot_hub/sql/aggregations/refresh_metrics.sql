-- Replaces agg_hourly_devices_metrics of a device between two whole hours: every number that
-- dim_metrics names. What a fix measured counts once, at the time of the fix.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_metrics(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO iot_personal_hub.agg_hourly_devices_metrics AS agg
        (device_id, date_hour, metric, count, min, avg, max, sum, first, last)
    WITH measured AS (
        SELECT
            raw.device_id,
            catalogue.metric,
            raw.device_time AS measured_at,
            raw.digest,
            iot_personal_hub.number_at(raw.properties, catalogue.path) AS value
        FROM iot_personal_hub.raw_devices_properties AS raw
        JOIN iot_personal_hub.dim_metrics AS catalogue
          ON catalogue.path[1] <> 'location' AND raw.properties ? catalogue.path[1]
        WHERE raw.device_id = the_device
          AND raw.device_time >= window_start
          AND raw.device_time < window_end
          AND raw.duplicate_of IS NULL
        UNION ALL
        SELECT
            location.device_id,
            catalogue.metric,
            location.location_time,
            location.event_digest,
            iot_personal_hub.number_at(location.properties, catalogue.path[2:])
        FROM iot_personal_hub.locations AS location
        JOIN iot_personal_hub.dim_metrics AS catalogue ON catalogue.path[1] = 'location'
        WHERE location.device_id = the_device
          AND location.location_time >= window_start
          AND location.location_time < window_end
    ),
    hourly AS (
        SELECT
            measured.device_id,
            date_trunc('hour', measured.measured_at, 'UTC') AS date_hour,
            measured.metric,
            count(*)::integer AS count,
            min(measured.value) AS min,
            avg(measured.value) AS avg,
            max(measured.value) AS max,
            sum(measured.value) AS sum,
            (array_agg(measured.value ORDER BY measured.measured_at, measured.digest, measured.value))[1] AS first,
            (array_agg(measured.value ORDER BY measured.measured_at DESC, measured.digest DESC, measured.value DESC))[1] AS last
        FROM measured
        WHERE measured.value IS NOT NULL
        GROUP BY measured.device_id, date_trunc('hour', measured.measured_at, 'UTC'), measured.metric
    )
    SELECT
        hourly.device_id, hourly.date_hour, hourly.metric, hourly.count, hourly.min, hourly.avg,
        hourly.max, hourly.sum, hourly.first, hourly.last
    FROM hourly
    ON CONFLICT (device_id, metric, date_hour) DO UPDATE SET
        count = excluded.count,
        min = excluded.min,
        avg = excluded.avg,
        max = excluded.max,
        sum = excluded.sum,
        first = excluded.first,
        last = excluded.last,
        updated_at = now();
END
$$;
