-- Replaces agg_hourly_devices_metrics of a device between two whole hours: every number that
-- dim_properties has rolled up. What a fix measured counts once, at the time of the fix.
-- Its parameters had other names until 1.1, which CREATE OR REPLACE does not change.
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_metrics(integer, timestamptz, timestamptz);

CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_metrics(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    cuts CONSTANT timestamptz[] := iot_personal_hub.owner_day_cuts(p_since, p_until);
BEGIN
    WITH catalogue AS (
        SELECT property.name AS metric, property.path[1] AS property_group, property.path[2:] AS path,
               NULL::text[] AS preferred
        FROM iot_personal_hub.dim_properties AS property
        WHERE property.rolled_up
        UNION ALL
        -- By an alias it counts where none of the names before it is there.
        SELECT property.name, property.path[1], ARRAY[alias.key],
               property.path[2] || property.aliases[:alias.number - 1]
        FROM iot_personal_hub.dim_properties AS property
        CROSS JOIN LATERAL unnest(property.aliases) WITH ORDINALITY AS alias (key, number)
        WHERE property.rolled_up
    ),
    property_groups AS (
        SELECT DISTINCT catalogue.property_group
        FROM catalogue
        WHERE catalogue.property_group <> 'location'
    ),
    readings AS (
        -- By group first: most events carry one or two of the groups, and a group many metrics.
        SELECT
            raw.device_time AS measured_at,
            raw.digest,
            property_groups.property_group,
            raw.properties -> property_groups.property_group AS reading
        FROM iot_personal_hub.raw_devices_properties AS raw
        JOIN property_groups ON raw.properties ? property_groups.property_group
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_since
          AND raw.device_time < p_until
          AND raw.duplicate_of IS NULL
        UNION ALL
        SELECT location.location_time, location.event_digest, 'location', location.properties
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = p_device_id
          AND location.location_time >= p_since
          AND location.location_time < p_until
          AND location.outlier IS NULL
    ),
    -- Ranked once for all metrics, instead of sorting each metric's values for its first and last.
    ranked AS (
        SELECT
            readings.property_group,
            readings.reading,
            iot_personal_hub.hour_part(readings.measured_at, cuts) AS date_hour,
            row_number() OVER (ORDER BY readings.measured_at, readings.digest)::numeric AS rank
        FROM readings
    ),
    extracted AS (
        SELECT catalogue.metric, ranked.date_hour, ranked.rank, ranked.reading #> catalogue.path AS value
        FROM ranked
        JOIN catalogue ON catalogue.property_group = ranked.property_group
                      AND (catalogue.preferred IS NULL OR NOT ranked.reading ?| catalogue.preferred)
        -- Keeps the planner from taking the value out of the JSON once for every mention of it.
        OFFSET 0
    ),
    measured AS (
        SELECT
            extracted.metric, extracted.date_hour, extracted.rank,
            iot_personal_hub.number_of(extracted.value) AS value
        FROM extracted
        OFFSET 0
    ),
    hourly AS MATERIALIZED (
        SELECT
            measured.date_hour,
            measured.metric,
            count(*)::integer AS count,
            min(measured.value) AS min,
            avg(measured.value) AS avg,
            max(measured.value) AS max,
            sum(measured.value) AS sum,
            (min(ARRAY[measured.rank, measured.value]))[2] AS first,
            (max(ARRAY[measured.rank, measured.value]))[2] AS last
        FROM measured
        WHERE measured.value IS NOT NULL
        GROUP BY measured.metric, measured.date_hour
    ),
    -- A fix has the values of its first report: if an earlier one arrives that lacks a number, or if the fixes turn out
    -- to be outliers, an hour may have no value any more. Another time zone cuts other hours.
    outdated AS (
        DELETE FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
        USING catalogue
        WHERE agg.device_id = p_device_id
          AND agg.metric = catalogue.metric
          AND agg.date_hour >= p_since
          AND agg.date_hour < p_until
          AND NOT EXISTS (
              SELECT FROM hourly WHERE hourly.metric = agg.metric AND hourly.date_hour = agg.date_hour)
          AND NOT EXISTS (
              SELECT
              FROM iot_personal_hub.private_hours AS adopted
              WHERE adopted.device_id = p_device_id AND adopted.date_hour = agg.date_hour)
    )
    INSERT INTO iot_personal_hub.agg_hourly_devices_metrics AS agg
        (device_id, date_hour, metric, count, min, avg, max, sum, first, last)
    SELECT
        p_device_id, hourly.date_hour, hourly.metric, hourly.count, hourly.min, hourly.avg,
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
