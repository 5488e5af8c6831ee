-- name: doctor_server
-- One row: the server's version, PostGIS's (NULL: not there), and the server's clock.
SELECT
    current_setting('server_version') AS version,
    current_setting('server_version_num')::integer AS number,
    (SELECT extension.extversion FROM pg_extension AS extension WHERE extension.extname = 'postgis') AS postgis,
    clock_timestamp() AS clock;

-- name: doctor_quarantine
-- One row: how many payloads are in quarantine, their bytes, how many came in the last day.
SELECT
    count(*) AS payloads,
    coalesce(sum(octet_length(entry.payload)), 0)::bigint AS bytes,
    count(*) FILTER (WHERE entry.last_received > now() - interval '1 day') AS recent
FROM iot_personal_hub.quarantine AS entry;

-- name: doctor_paused
-- The devices whose publication is paused, and since when.
SELECT device.name, watch.paused_at
FROM iot_personal_hub.publication_watches AS watch
JOIN iot_personal_hub.dim_devices AS device ON device.id = watch.device_id
WHERE watch.paused_at IS NOT NULL
ORDER BY device.name;

-- name: doctor_clocks
-- The devices whose clock is wrong, and by how much (less than 0: behind), the worst first.
SELECT device.name, wrong.clock_error
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL (SELECT iot_personal_hub.clock_error(device.id) AS clock_error) AS wrong
WHERE wrong.clock_error IS NOT NULL
ORDER BY greatest(wrong.clock_error, -wrong.clock_error) DESC, device.name;

-- name: doctor_has_archive
-- One row: whether this database knows of an archive.
SELECT to_regclass('iot_personal_hub.archive_objects') IS NOT NULL AS has_archive;

-- name: doctor_archive
-- One row: the newest archived day, the first and the last finished day with events (NULL: none). UTC.
WITH finished AS (
    SELECT (hourly.date_hour AT TIME ZONE 'UTC')::date AS day
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
    WHERE hourly.date_hour < date_trunc('day', now(), 'UTC')
),
archived AS (
    SELECT max(object.date) AS newest
    FROM iot_personal_hub.archive_objects AS object
)
SELECT archived.newest, min(finished.day) AS first_day, max(finished.day) AS last_finished
FROM archived
LEFT JOIN finished ON true
GROUP BY archived.newest;

-- name: doctor_patience
-- A check that has to wait this long has found something.
SET statement_timeout = '10s';
