-- Names without a schema: the connection's search_path says whose views are read, the owner's or the public's.

-- name: listed_devices
-- The devices granted ({devices} NULL: all), with what their newest events say.
SELECT
    device.device_id AS id,
    device.name,
    device.type,
    device.status,
    device.published,
    seen.last_seen,
    seen.battery_level AS battery_percent
FROM devices AS device
LEFT JOIN last_seen AS seen ON seen.device_id = device.device_id
WHERE %(devices)s::integer[] IS NULL OR device.device_id = ANY (%(devices)s::integer[])
ORDER BY device.device_id;

-- name: listed_device
-- One row if there is such a device.
SELECT device.device_id, device.name
FROM devices AS device
WHERE device.device_id = %(device_id)s;

-- name: last_seen
-- One row if a device has an event that has happened: when its newest was.
SELECT seen.last_seen
FROM last_seen AS seen
WHERE seen.device_id = %(device_id)s;

-- name: newest_event
-- The last of those of an instant: of its newest. Asked without it, this is planned for all months.
SELECT event.device_time, event.source, event.properties::text AS properties
FROM events AS event
WHERE event.device_id = %(device_id)s
  AND event.device_time = %(at)s::timestamptz
ORDER BY event.sequence DESC
LIMIT 1;

-- name: newest_location
-- The newest that has happened.
SELECT
    location.location_time, location.latitude, location.longitude,
    location.altitude_m, location.accuracy_m, location.speed_ms, location.bearing
FROM locations AS location
WHERE location.device_id = %(device_id)s
  AND location.location_time <= now()
ORDER BY location.location_time DESC, location.sequence DESC, location.latitude DESC, location.longitude DESC
LIMIT 1;

-- name: events_page
-- Events newest first, those of one instant by their ids. Read along the key, it stops when the page is full.
SELECT event.id, event.device_time, event.source, event.properties::text AS properties
FROM events AS event
WHERE event.device_id = %(device_id)s
  AND event.device_time >= %(since)s::timestamptz
  AND event.device_time < %(before)s::timestamptz
  AND (event.device_time < %(before)s::timestamptz - interval '1 microsecond' OR event.id > %(last_id)s::bigint)
ORDER BY event.device_time DESC, event.id
LIMIT %(limit)s::bigint;

-- name: track
-- Fixes that have happened, oldest first, those of one instant in the order in which they came.
SELECT location.location_time, location.longitude, location.latitude, location.altitude_m
FROM locations AS location
WHERE location.device_id = %(device_id)s
  AND location.location_time >= %(since)s::timestamptz
  AND location.location_time < %(before)s::timestamptz
  AND location.location_time <= now()
ORDER BY location.location_time, location.sequence, location.latitude, location.longitude
LIMIT %(limit)s::bigint;

-- name: hourly_count
-- An aggregate's count, up to the current hour. An hour without one is a gap: it has no row.
SELECT hourly.date_hour AS hour, hourly.count
FROM hourly_values AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.metric = %(metric)s::text
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.date_hour <= now()
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: hourly_total
-- An aggregate's total, up to the current hour. An hour without one is a gap: it has no row.
SELECT hourly.date_hour AS hour, hourly.sum
FROM hourly_values AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.metric = %(metric)s::text
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.date_hour <= now()
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: hourly_band
-- An aggregate's values, up to the current hour. An hour without any is a gap: it has no row.
SELECT hourly.date_hour AS hour, hourly.min, hourly.avg, hourly.max
FROM hourly_values AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.metric = %(metric)s::text
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.date_hour <= now()
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: hourly_metric
-- Any number of dim_metrics, up to the current hour.
SELECT
    hourly.date_hour AS hour,
    hourly.count, hourly.min, hourly.avg, hourly.max, hourly.sum, hourly.first, hourly.last
FROM hourly_metrics AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.metric = %(metric)s::text
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.date_hour <= now()
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: metrics_of_device
-- The metrics that a device has, found by leaping from name to name along the key.
WITH RECURSIVE known AS (
    (SELECT hourly.metric, hourly.unit
     FROM hourly_metrics AS hourly
     WHERE hourly.device_id = %(device_id)s
     ORDER BY hourly.metric
     LIMIT 1)
    UNION ALL
    SELECT following.metric, following.unit
    FROM known
    CROSS JOIN LATERAL (
        SELECT hourly.metric, hourly.unit
        FROM hourly_metrics AS hourly
        WHERE hourly.device_id = %(device_id)s AND hourly.metric > known.metric
        ORDER BY hourly.metric
        LIMIT 1
    ) AS following
)
SELECT known.metric, known.unit
FROM known
ORDER BY known.metric;

-- name: counters_of_device
-- The counters of which a device has anything counted, found by leaping from name to name along the key.
WITH RECURSIVE known AS (
    (SELECT hourly.metric, hourly.unit
     FROM hourly_counters AS hourly
     WHERE hourly.device_id = %(device_id)s
     ORDER BY hourly.metric
     LIMIT 1)
    UNION ALL
    SELECT following.metric, following.unit
    FROM known
    CROSS JOIN LATERAL (
        SELECT hourly.metric, hourly.unit
        FROM hourly_counters AS hourly
        WHERE hourly.device_id = %(device_id)s AND hourly.metric > known.metric
        ORDER BY hourly.metric
        LIMIT 1
    ) AS following
)
SELECT known.metric || '.increase' AS metric, known.unit, 'total' AS kind
FROM known
ORDER BY known.metric;

-- name: states_of_device
-- The values that states of a device have had, found by leaping along the key, as metrics.
WITH RECURSIVE known AS (
    (SELECT hourly.property, hourly.value
     FROM hourly_states AS hourly
     WHERE hourly.device_id = %(device_id)s
     ORDER BY hourly.property, hourly.value
     LIMIT 1)
    UNION ALL
    SELECT following.property, following.value
    FROM known
    CROSS JOIN LATERAL (
        SELECT hourly.property, hourly.value
        FROM hourly_states AS hourly
        WHERE hourly.device_id = %(device_id)s
          AND (hourly.property, hourly.value) > (known.property, known.value)
        ORDER BY hourly.property, hourly.value
        LIMIT 1
    ) AS following
)
SELECT known.property || '.' || known.value || metric.ending AS metric, metric.unit, metric.kind
FROM known
CROSS JOIN (VALUES ('', 's', 'total'), ('.changes', '1', 'count')) AS metric (ending, unit, kind)
ORDER BY 1;
