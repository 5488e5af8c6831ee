-- By how much each counter grew in each hour: the sum of the differences between its readings in order of time.
--
--  reset: a reading below 90 % of the one before it. The counter began again at zero, so what it shows is what it has
--    counted since. It counts once in resets.
--  dip: a lower reading that is at least 90 % of the one before it, as counters of estimates have. Nothing was counted.
--  glitch: up to three readings in a row that are lower than the one before them, none of them higher than the one
--    before it, and then one as high as the former value or higher. They are left out: the counter went on.
--  A jump up is counted, however large it is: nothing tells it from what a counter missed while it was not read.
--
-- A difference is spread evenly over the time between its two readings, and cut at the hours. The shares are differences of
-- running totals, so that they add up to the difference exactly. Where the readings have a whole hour without one between
-- them, the shares are estimates. After more than 31 days it is all counted where it was read: most likely one of the
-- clocks was wrong.
WITH counters AS (
    SELECT property.name AS metric, property.unit, property.path
    FROM iot_personal_hub.dim_properties AS property
    WHERE property.counter
      AND property.rolled_up
      AND (EXISTS (
              SELECT
              FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
              WHERE agg.device_id = p_device_id
                AND agg.metric = property.name
                AND agg.date_hour >= p_since
                AND agg.date_hour < p_until)
           -- Between two readings that are further away.
           OR EXISTS (
              SELECT
              FROM iot_personal_hub.agg_hourly_devices_counters AS known
              WHERE known.device_id = p_device_id
                AND known.metric = property.name
                AND known.date_hour >= p_since
                AND known.date_hour < p_until))
),
-- An hour that midnight cuts is one here.
hours AS (
    SELECT DISTINCT counters.metric, counters.path, date_trunc('hour', near.date_hour, 'UTC') AS starts
    FROM counters
    CROSS JOIN LATERAL iot_personal_hub.counter_hours(p_device_id, counters.metric, p_since, p_until) AS near
),
extracted AS (
    SELECT hours.metric, raw.device_time AS read_at, raw.digest, raw.properties #> hours.path AS value
    FROM hours
    JOIN iot_personal_hub.raw_devices_properties AS raw
        ON raw.device_id = p_device_id
       AND raw.device_time >= hours.starts
       AND raw.device_time < hours.starts + interval '1 hour'
       AND raw.duplicate_of IS NULL
       AND raw.properties ? hours.path[1]
    -- Keeps the planner from taking the value out of the JSON once for every mention of it.
    OFFSET 0
),
readings AS (
    SELECT extracted.metric, extracted.read_at, extracted.digest, number.value
    FROM extracted
    CROSS JOIN LATERAL (SELECT iot_personal_hub.number_of(extracted.value) AS value OFFSET 0) AS number
    WHERE number.value IS NOT NULL
    UNION ALL
    -- Of a day whose events were dropped, the last reading is known.
    SELECT counters.metric, earlier.last_read_at, '', earlier.last_value
    FROM counters
    CROSS JOIN LATERAL (
        SELECT known.date_hour, known.last_read_at, known.last_value
        FROM iot_personal_hub.agg_hourly_devices_counters AS known
        WHERE known.device_id = p_device_id
          AND known.metric = counters.metric
          AND known.date_hour < p_since
          AND known.last_read_at IS NOT NULL
        ORDER BY known.date_hour DESC
        LIMIT 1
        OFFSET 0
    ) AS earlier
    WHERE iot_personal_hub.is_dropped(p_device_id, earlier.date_hour)
),
neighbours AS (
    SELECT
        readings.*,
        lag(readings.value, 1) OVER by_time AS before_1,
        lag(readings.value, 2) OVER by_time AS before_2,
        lag(readings.value, 3) OVER by_time AS before_3,
        lead(readings.value, 1) OVER by_time AS after_1,
        lead(readings.value, 2) OVER by_time AS after_2,
        lead(readings.value, 3) OVER by_time AS after_3
    FROM readings
    WINDOW by_time AS (PARTITION BY readings.metric ORDER BY readings.read_at, readings.digest)
),
differences AS (
    SELECT
        sound.metric,
        lag(sound.read_at) OVER by_time AS since,
        sound.read_at AS until,
        lag(sound.value) OVER by_time AS former,
        sound.value,
        row_number() OVER by_time AS number
    FROM neighbours AS sound
    WHERE NOT coalesce(
        -- The only one of its glitch; the first or last of two; the first, middle or last of three.
        (value < before_1 AND after_1 >= before_1)
        OR (value < before_1 AND after_1 <= value AND after_2 >= before_1)
        OR (before_1 < before_2 AND value <= before_1 AND after_1 >= before_2)
        OR (value < before_1 AND after_1 <= value AND after_2 <= after_1 AND after_3 >= before_1)
        OR (before_1 < before_2 AND value <= before_1 AND after_1 <= value AND after_2 >= before_2)
        OR (before_2 < before_3 AND before_1 <= before_2 AND value <= before_1 AND after_1 >= before_3),
        false)
    WINDOW by_time AS (PARTITION BY sound.metric ORDER BY sound.read_at, sound.digest)
),
grown AS (
    SELECT
        differences.*,
        CASE
            WHEN differences.value >= differences.former THEN differences.value - differences.former
            WHEN differences.value >= 0.9 * differences.former THEN 0
            ELSE greatest(differences.value, 0)
        END AS growth,
        (differences.value < differences.former AND differences.value < 0.9 * differences.former)::integer AS resets,
        date_trunc('hour', differences.until, 'UTC') - date_trunc('hour', differences.since, 'UTC') > interval '1 hour'
            AS is_estimated,
        -- Where the growth begins to be counted.
        CASE
            WHEN differences.until - differences.since > interval '31 days' THEN differences.until
            ELSE differences.since
        END AS spread_since,
        extract(epoch FROM differences.until - differences.since) AS seconds
    FROM differences
    WHERE differences.since < p_until
      AND differences.until >= p_since
),
labels AS MATERIALIZED (
    SELECT iot_personal_hub.hour_labels(p_since, p_until, p_cuts) AS starts
),
shares AS (
    SELECT
        grown.metric,
        grown.number,
        grown.value,
        grown.until,
        grown.resets,
        grown.is_estimated,
        labels.starts[label.number] AS date_hour,
        part.ends = grown.until AS is_last,
        CASE WHEN part.ends = grown.until THEN grown.growth
             ELSE trunc(grown.growth * extract(epoch FROM part.ends - grown.since) / grown.seconds, 12) END
        - CASE WHEN part.starts = grown.spread_since THEN 0
               ELSE trunc(grown.growth * extract(epoch FROM part.starts - grown.since) / grown.seconds, 12) END
            AS growth
    FROM grown
    CROSS JOIN labels
    CROSS JOIN LATERAL generate_series(
        greatest(width_bucket(grown.spread_since, labels.starts), 1),
        least(width_bucket(grown.until, labels.starts), cardinality(labels.starts) - 1)) AS label (number)
    CROSS JOIN LATERAL (
        SELECT
            greatest(grown.spread_since, labels.starts[label.number]) AS starts,
            least(grown.until, labels.starts[label.number + 1]) AS ends
    ) AS part
    WHERE part.ends > part.starts
       OR grown.until = grown.spread_since
)
SELECT
    shares.date_hour,
    counters.metric,
    counters.unit,
    max(shares.until) FILTER (WHERE shares.is_last) AS last_read_at,
    (array_agg(shares.value ORDER BY shares.number DESC) FILTER (WHERE shares.is_last))[1] AS last_value,
    trim_scale(sum(shares.growth)) AS increase,
    trim_scale(coalesce(sum(shares.growth) FILTER (WHERE shares.is_estimated), 0)) AS estimated,
    (coalesce(sum(shares.resets) FILTER (WHERE shares.is_last), 0))::integer AS resets
FROM shares
JOIN counters ON counters.metric = shares.metric
GROUP BY shares.date_hour, counters.metric, counters.unit
