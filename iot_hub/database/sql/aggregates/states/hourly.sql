-- How long of each hour a state had which value, and how often it became that value.
--
-- A value lasts from its reading to the next one of the same property, as long as the device is heard of: until its last
-- event before it is silent for more than longest_silence(), or its newest one. From there on nothing is known, until the
-- property is read again; so a gap is a gap, and now() is never asked for.
--
-- What lasted when these hours began is known from the rows of the device's last hour with an event before them.
WITH lasting AS (
    SELECT held.property, held.value, held.held_at
    FROM (
        SELECT counted.date_hour
        FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
        WHERE counted.device_id = p_device_id
          AND counted.date_hour < p_since
          AND counted.date_hour >= p_since - iot_personal_hub.longest_silence() - interval '1 hour'
        ORDER BY counted.date_hour DESC
        LIMIT 1
    ) AS last_hour
    JOIN iot_personal_hub.agg_hourly_devices_states AS held
        ON held.device_id = p_device_id AND held.date_hour = last_hour.date_hour AND held.held_at IS NOT NULL
),
readings AS (
    SELECT read.property, read.read_at, read.digest, 1 AS readings, read.value
    FROM iot_personal_hub.state_readings(p_device_id, p_since, p_until) AS read
    UNION ALL
    SELECT lasting.property, lasting.held_at, '', 0, lasting.value
    FROM lasting
),
event_times AS (
    SELECT raw.device_time AS at
    FROM iot_personal_hub.raw_devices_properties AS raw
    WHERE raw.device_id = p_device_id
      AND raw.device_time >= p_since
      AND raw.device_time < p_until
      AND raw.duplicate_of IS NULL
    UNION
    SELECT lasting.held_at
    FROM lasting
    UNION
    SELECT following.device_time
    FROM (
        SELECT raw.device_time
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_until
          AND raw.device_time < p_until + iot_personal_hub.longest_silence()
          AND raw.duplicate_of IS NULL
        ORDER BY raw.device_time
        LIMIT 1
    ) AS following
),
-- The last events before a silence, or the end: few, and looked through for each reading.
run_ends AS MATERIALIZED (
    SELECT stepped.at
    FROM (
        SELECT event_times.at, lead(event_times.at) OVER (ORDER BY event_times.at) AS next_at
        FROM event_times
    ) AS stepped
    WHERE stepped.next_at IS NULL
       OR stepped.next_at - stepped.at > iot_personal_hub.longest_silence()
),
last_events AS (
    SELECT iot_personal_hub.hour_part(event_times.at, p_cuts) AS date_hour, max(event_times.at) AS at
    FROM event_times
    WHERE event_times.at >= p_since
      AND event_times.at < p_until
    GROUP BY iot_personal_hub.hour_part(event_times.at, p_cuts)
),
heard AS (
    SELECT
        readings.*,
        (SELECT min(run_ends.at) FROM run_ends WHERE run_ends.at >= readings.read_at) AS run_ends
    FROM readings
),
lasted AS (
    SELECT
        heard.property,
        heard.value,
        heard.readings,
        heard.read_at AS since,
        least(heard.run_ends, lead(heard.read_at) OVER by_time) AS until,
        lead(heard.read_at) OVER by_time AS next_read_at,
        -- After a silence it is not known what it was before.
        (lag(heard.value) OVER by_time <> heard.value
            AND lag(heard.run_ends) OVER by_time = heard.run_ends) IS TRUE AS is_change
    FROM heard
    WINDOW by_time AS (PARTITION BY heard.property ORDER BY heard.read_at, heard.digest)
),
labels AS MATERIALIZED (
    SELECT iot_personal_hub.hour_labels(p_since, p_until, p_cuts) AS starts
),
shares AS (
    SELECT
        lasted.property,
        lasted.value,
        lasted.next_read_at,
        lasted.since,
        lasted.until,
        labels.starts[label.number] AS date_hour,
        extract(epoch FROM part.ends - part.starts) AS seconds,
        CASE WHEN part.starts = lasted.since THEN lasted.readings ELSE 0 END AS readings,
        (part.starts = lasted.since AND lasted.readings > 0 AND lasted.is_change)::integer AS changes
    FROM lasted
    CROSS JOIN labels
    CROSS JOIN LATERAL generate_series(
        greatest(width_bucket(lasted.since, labels.starts), 1),
        least(width_bucket(lasted.until, labels.starts), cardinality(labels.starts) - 1)) AS label (number)
    CROSS JOIN LATERAL (
        SELECT
            greatest(lasted.since, labels.starts[label.number]) AS starts,
            least(lasted.until, labels.starts[label.number + 1]) AS ends
    ) AS part
    -- One of no length is that of a reading, or that of the run's last event, so that what comes later finds the value.
    WHERE part.ends > part.starts
       OR part.starts = lasted.since
       OR lasted.next_read_at IS DISTINCT FROM lasted.until
)
SELECT
    shares.date_hour,
    shares.property,
    shares.value,
    sum(shares.readings)::integer AS readings,
    max(last_events.at) AS held_at,
    trim_scale(sum(shares.seconds)) AS seconds,
    sum(shares.changes)::integer AS changes
FROM shares
LEFT JOIN last_events
    ON last_events.date_hour = shares.date_hour
   AND last_events.at >= shares.since
   AND last_events.at <= shares.until
   AND (shares.next_read_at IS NULL OR last_events.at < shares.next_read_at)
GROUP BY shares.date_hour, shares.property, shares.value
