-- Replaces agg_hourly_devices_metrics of a device between two whole hours: every number that
-- dim_metrics names. What a fix measured counts once, at the time of the fix.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_metrics(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- A fix is what its first report says. Should an earlier report come that lacks a number, the
    -- hour may have none any more, and so when its fixes turn out to be outliers; nothing else ever
    -- loses a value.
    DELETE FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
    USING iot_personal_hub.dim_metrics AS known
    WHERE agg.device_id = the_device
      AND agg.metric = known.metric
      AND agg.date_hour >= window_start
      AND agg.date_hour < window_end
      AND known.path[1] = 'location'
      AND NOT EXISTS (
          SELECT
          FROM iot_personal_hub.locations AS location
          WHERE location.device_id = agg.device_id
            AND location.location_time >= agg.date_hour
            AND location.location_time < agg.date_hour + interval '1 hour'
            AND location.outlier IS NULL
            AND iot_personal_hub.number_at(location.properties, known.path[2:]) IS NOT NULL);

    INSERT INTO iot_personal_hub.agg_hourly_devices_metrics AS agg
        (device_id, date_hour, metric, count, min, avg, max, sum, first, last)
    WITH catalogue AS (
        SELECT known.metric, known.path[1] AS topic, known.path[2:] AS path
        FROM iot_personal_hub.dim_metrics AS known
    ),
    topics AS (
        SELECT DISTINCT catalogue.topic
        FROM catalogue
        WHERE catalogue.topic <> 'location'
    ),
    readings AS (
        -- By topic first: most events carry one or two of the topics, and a topic many metrics.
        SELECT raw.device_time AS measured_at, raw.digest, topics.topic, raw.properties -> topics.topic AS reading
        FROM iot_personal_hub.raw_devices_properties AS raw
        JOIN topics ON raw.properties ? topics.topic
        WHERE raw.device_id = the_device
          AND raw.device_time >= window_start
          AND raw.device_time < window_end
          AND raw.duplicate_of IS NULL
        UNION ALL
        SELECT location.location_time, location.event_digest, 'location', location.properties
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = the_device
          AND location.location_time >= window_start
          AND location.location_time < window_end
          AND location.outlier IS NULL
    ),
    -- Ranked once for all metrics, instead of sorting each metric's values for its first and last.
    placed AS (
        SELECT
            readings.topic,
            readings.reading,
            date_trunc('hour', readings.measured_at, 'UTC') AS date_hour,
            row_number() OVER (ORDER BY readings.measured_at, readings.digest)::numeric AS place
        FROM readings
    ),
    given AS (
        SELECT catalogue.metric, placed.date_hour, placed.place, placed.reading #> catalogue.path AS given
        FROM placed
        JOIN catalogue ON catalogue.topic = placed.topic
        -- Keeps the planner from taking the value out of the JSON once for every mention of it.
        OFFSET 0
    ),
    measured AS (
        SELECT given.metric, given.date_hour, given.place, iot_personal_hub.number_of(given.given) AS value
        FROM given
        OFFSET 0
    ),
    hourly AS (
        SELECT
            measured.date_hour,
            measured.metric,
            count(*)::integer AS count,
            min(measured.value) AS min,
            avg(measured.value) AS avg,
            max(measured.value) AS max,
            sum(measured.value) AS sum,
            (min(ARRAY[measured.place, measured.value]))[2] AS first,
            (max(ARRAY[measured.place, measured.value]))[2] AS last
        FROM measured
        WHERE measured.value IS NOT NULL
        GROUP BY measured.metric, measured.date_hour
    )
    SELECT
        the_device, hourly.date_hour, hourly.metric, hourly.count, hourly.min, hourly.avg,
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
