-- Where a figure came from: the events behind it, as they came. For the owner alone.

-- name: readings_of_device
-- Events newest first, and all of the last instant; of those with a metric ({metric} NULL: all) what each says of it.
-- A metric that is worked out of another one, such as battery.charging.true, is that one's.
WITH asked AS MATERIALIZED (
    SELECT property.path, property.aliases
    FROM iot_personal_hub.dim_properties AS property
    WHERE property.name = %(metric)s::text
       OR starts_with(%(metric)s::text, property.name || '.')
    ORDER BY length(property.name) DESC
    LIMIT 1
),
masked AS MATERIALIZED (
    SELECT iot_personal_hub.masked_intervals(%(device)s, %(since)s, %(until)s) AS intervals
)
SELECT
    raw.id,
    raw.device_time,
    raw.created_at_cest AS received_at,
    raw.source,
    raw.properties ->> 'time_source' AS time_source,
    said.value #>> '{}' AS value,
    raw.duplicate_of IS NOT NULL AS is_repeated,
    masked.intervals @> raw.device_time AS is_private,
    raw.properties::text AS properties
FROM iot_personal_hub.raw_devices_properties AS raw
CROSS JOIN masked
LEFT JOIN asked ON true
LEFT JOIN LATERAL (
    -- The path before its aliases, as refresh_metrics() reads them.
    SELECT raw.properties #> spelled.path AS value
    FROM (
        SELECT asked.path, 0 AS rank
        UNION ALL
        SELECT ARRAY[asked.path[1], alias.key], alias.rank
        FROM unnest(asked.aliases) WITH ORDINALITY AS alias (key, rank)
    ) AS spelled
    WHERE raw.properties #> spelled.path IS NOT NULL
    ORDER BY spelled.rank
    LIMIT 1
) AS said ON true
WHERE raw.device_id = %(device)s
  AND raw.device_time >= %(since)s::timestamptz
  AND raw.device_time < %(until)s::timestamptz
  AND (%(metric)s::text IS NULL OR said.value IS NOT NULL)
ORDER BY raw.device_time DESC
FETCH FIRST %(most)s ROWS WITH TIES;

-- name: rejected_of_device
-- What came in a range of time and could not be stored, newest first, without the payload.
SELECT
    entry.id, entry.source, entry.reason, entry.items, entry.times, entry.last_received,
    octet_length(entry.payload) AS bytes
FROM iot_personal_hub.quarantine AS entry
WHERE entry.device_id = %(device)s
  AND entry.last_received >= %(since)s::timestamptz
  AND entry.received_at < %(until)s::timestamptz
ORDER BY entry.last_received DESC, entry.id DESC
LIMIT %(most)s;

-- name: archived_days_of_device
-- How many days of a range have events in the archive only.
SELECT count(*) AS days
FROM iot_personal_hub.dropped_days AS dropped
WHERE dropped.device_id = %(device)s
  AND dropped.date >= (%(since)s::timestamptz AT TIME ZONE 'UTC')::date
  AND dropped.date <= (%(until)s::timestamptz AT TIME ZONE 'UTC')::date;
