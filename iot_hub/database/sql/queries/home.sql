-- What the owner's page of the home shows. No other audience has statements like these.

-- name: home_devices
-- One row per device, but for gateways that only speak for others: its room, when it was last seen, how long it may be
-- silent, and the newest that is known of its availability; unknown is not offline.
WITH seen AS MATERIALIZED (
    SELECT device.id, newest.last_seen
    FROM iot_personal_hub.dim_devices AS device
    CROSS JOIN LATERAL iot_personal_hub.last_seen_of(device.id) AS newest
),
known AS (
    SELECT array_agg(seen.id) AS ids, array_agg(seen.last_seen) AS last_seen
    FROM seen
),
paced AS (
    SELECT pace.device_id, pace.silent_after
    FROM known
    CROSS JOIN LATERAL iot_personal_hub.silent_after(known.ids, known.last_seen) AS pace
)
SELECT
    device.id AS device_id,
    device.name,
    device.room,
    seen.last_seen,
    coalesce(now() - seen.last_seen > paced.silent_after, false) AS is_silent,
    coalesce(newest.availability, 'unknown') AS availability
FROM iot_personal_hub.dim_devices AS device
LEFT JOIN seen ON seen.id = device.id
LEFT JOIN paced ON paced.device_id = device.id
LEFT JOIN LATERAL (
    SELECT discovered.availability
    FROM iot_personal_hub.discovered_devices AS discovered
    WHERE discovered.device_id = device.id AND discovered.availability_at IS NOT NULL
    ORDER BY discovered.availability_at DESC, discovered.identity
    LIMIT 1
) AS newest ON true
WHERE device.type <> 'gateway' OR seen.last_seen IS NOT NULL
ORDER BY lower(device.name), device.id;

-- name: home_events
-- The newest events of devices, up to a number of each, its newest first.
SELECT newest.device_id, newest.device_time, newest.properties
FROM iot_personal_hub.newest_events(%(devices)s::integer[], %(last_seen)s::timestamptz[], %(most)s) AS newest;

-- name: home_rooms
-- A metric in each step ('hour' or 'day') and room that has any: the lowest and the highest value of the room's devices, and the average
-- of all their readings.
SELECT
    device.room AS series,
    date_trunc(%(step)s::text, hourly.date_hour, %(zone)s::text) AS started,
    min(hourly.min) AS min,
    sum(hourly.sum) / sum(hourly.count) AS avg,
    max(hourly.max) AS max
FROM iot_personal_hub.agg_hourly_devices_metrics AS hourly
JOIN iot_personal_hub.dim_devices AS device ON device.id = hourly.device_id
-- As an array: so PostgreSQL reads each page of the table once for all devices.
WHERE hourly.device_id = ANY (ARRAY(
    SELECT placed.id
    FROM iot_personal_hub.dim_devices AS placed
    WHERE placed.room IS NOT NULL
))
  AND hourly.metric = %(metric)s
  AND hourly.date_hour >= %(since)s
  AND hourly.date_hour < %(until)s
GROUP BY device.room, started;

-- name: home_energy
-- By how much a counter of energy grew in each step ('hour', 'day' or 'month') and device, in kWh; of the first devices by name
-- that have it.
SELECT
    device.name AS series,
    date_trunc(%(step)s::text, hourly.date_hour, %(zone)s::text) AS started,
    sum(hourly.increase)::double precision / 1000 AS total
FROM iot_personal_hub.agg_hourly_devices_counters AS hourly
JOIN iot_personal_hub.dim_devices AS device ON device.id = hourly.device_id
WHERE hourly.device_id = ANY (ARRAY(
    SELECT metered.id
    FROM iot_personal_hub.dim_devices AS metered
    CROSS JOIN LATERAL (
        SELECT counted.device_id
        FROM iot_personal_hub.agg_hourly_devices_counters AS counted
        WHERE counted.device_id = metered.id
          AND counted.metric = %(metric)s
          AND counted.date_hour >= %(since)s
          AND counted.date_hour < %(until)s
          AND counted.increase IS NOT NULL
        LIMIT 1
    ) AS has_any
    ORDER BY lower(metered.name), metered.id
    LIMIT %(most)s
))
  AND hourly.metric = %(metric)s
  AND hourly.date_hour >= %(since)s
  AND hourly.date_hour < %(until)s
  AND hourly.increase IS NOT NULL
GROUP BY device.name, started;

-- name: home_states
-- For how long each state that is yes or no was so in each step ('hour', 'day' or 'month'), of how many seconds that is known, and
-- how often it came about: of the first states by device that came about in the range at all.
WITH shown AS MATERIALIZED (
    SELECT device.id, device.name, state.property
    FROM iot_personal_hub.dim_devices AS device
    CROSS JOIN unnest(%(properties)s::text[]) AS state (property)
    -- A look for each, rather than EXISTS, for which PostgreSQL reads all hours of all states.
    CROSS JOIN LATERAL (
        SELECT hourly.device_id
        FROM iot_personal_hub.agg_hourly_devices_states AS hourly
        WHERE hourly.device_id = device.id
          AND hourly.property = state.property
          AND hourly.value = 'true'
          AND hourly.date_hour >= %(since)s
          AND hourly.date_hour < %(until)s
          AND hourly.seconds > 0
        LIMIT 1
    ) AS lasting
    ORDER BY lower(device.name), device.id, state.property
    LIMIT %(most)s
)
SELECT
    shown.name,
    shown.property,
    date_trunc(%(step)s::text, hourly.date_hour, %(zone)s::text) AS started,
    coalesce(sum(hourly.seconds) FILTER (WHERE hourly.value = 'true'), 0)::double precision AS lasted,
    sum(hourly.seconds)::double precision AS known,
    coalesce(sum(hourly.changes) FILTER (WHERE hourly.value = 'true'), 0)::integer AS changes
FROM shown
JOIN iot_personal_hub.agg_hourly_devices_states AS hourly
  ON hourly.device_id = shown.id
 AND hourly.property = shown.property
WHERE hourly.value IN ('true', 'false')
  AND hourly.date_hour >= %(since)s
  AND hourly.date_hour < %(until)s
GROUP BY shown.name, shown.property, started
HAVING sum(hourly.seconds) > 0;

-- name: home_proposed
-- One row: how many devices wait for a decision, without parts, which follow the device that they belong to.
SELECT count(*)::integer AS devices
FROM iot_personal_hub.discovered_devices AS discovered
WHERE discovered.status = 'proposed' AND strpos(discovered.identity, '#') = 0;
