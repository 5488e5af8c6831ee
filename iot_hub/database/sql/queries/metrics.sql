-- name: metrics_patience
-- A scrape waits for nobody. The connection goes back to those that store, so for this transaction only.
SELECT
    set_config('statement_timeout', '2s', true),
    set_config('lock_timeout', '100ms', true);

-- name: metrics_state
-- One row: who makes the roll-ups, stale hours and the age of the oldest, quarantine, when the archive was last written and how
-- far it is behind, size. NULL: there is nothing to tell. The newest finished day is sought by the key
-- of each device, since a walk through years of roll-ups is too much for every scrape.
WITH stale AS (
    SELECT
        count(DISTINCT (mark.device_id, mark.date_hour)) AS hours,
        coalesce(date_part('epoch', now() - min(mark.marked_at)), 0) AS seconds
    FROM iot_personal_hub.stale_hours AS mark
),
quarantined AS (
    SELECT count(*) AS payloads, coalesce(sum(octet_length(rejected.payload)), 0) AS bytes
    FROM iot_personal_hub.quarantine AS rejected
),
finished AS (
    SELECT
        (min(span.oldest) AT TIME ZONE 'UTC')::date AS first_day,
        (max(span.newest) AT TIME ZONE 'UTC')::date AS last_day
    FROM iot_personal_hub.dim_devices AS device
    CROSS JOIN LATERAL (
        SELECT min(hourly.date_hour) AS oldest, max(hourly.date_hour) AS newest
        FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
        WHERE hourly.device_id = device.id
          AND hourly.date_hour < date_trunc('day', now(), 'UTC')
    ) AS span
),
archived AS (
    SELECT max(object.date) AS newest, max(object.created_at) AS written
    FROM iot_personal_hub.archive_objects AS object
),
turn AS (
    SELECT
        (turn.maker <> 'worker')::integer AS scheduled,
        (turn.maker <> turn.given_to)::integer AS taken_over
    FROM iot_personal_hub.roll_ups_by() AS turn
)
SELECT
    turn.scheduled,
    turn.taken_over,
    stale.hours AS stale,
    stale.seconds AS stale_seconds,
    quarantined.payloads,
    quarantined.bytes AS payload_bytes,
    date_part('epoch', archived.written) AS archived_at,
    greatest(0, finished.last_day - coalesce(archived.newest, finished.first_day - 1)) * 86400 AS archive_lag,
    pg_database_size(current_database()) AS database_bytes
FROM stale
CROSS JOIN quarantined
CROSS JOIN finished
CROSS JOIN archived
CROSS JOIN turn;

-- name: metrics_crossings
-- One row per device that is published: how often its late fixes crossed the border of a zone in the last day, and whether its
-- publication is paused for it.
SELECT
    device.id,
    device.name,
    coalesce((
        SELECT sum(noted.crossings)
        FROM iot_personal_hub.zone_crossings AS noted
        WHERE noted.device_id = device.id AND noted.noted_at > now() - interval '1 day'), 0)::integer AS crossings,
    iot_personal_hub.publication_is_paused(device.id)::integer AS paused
FROM iot_personal_hub.dim_devices AS device
WHERE device.published
ORDER BY device.id;

-- name: metrics_devices
-- One row per device that has an event: the time of its newest, in Unix seconds. An event of the future
-- is a wrong clock's: by it a device that fell silent would seem well.
SELECT device.id, device.name, date_part('epoch', seen.last_seen) AS last_seen
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL iot_personal_hub.last_seen_of(device.id) AS seen
ORDER BY device.id;
