-- name: make_correction
INSERT INTO iot_personal_hub.corrections (device_id, kind, since, until, source, becomes, mode, latitude, longitude)
VALUES (
    %(device_id)s, %(kind)s, coalesce(%(since)s::timestamptz, '-infinity'), coalesce(%(until)s::timestamptz, 'infinity'),
    %(source)s, %(becomes)s, %(mode)s, %(latitude)s, %(longitude)s)
RETURNING id;

-- name: preview_correction
-- One row: the fixes and the journeys in a stretch of time, and on how many of the owner's days they are.
WITH stretch AS (
    SELECT
        coalesce(%(since)s::timestamptz, '-infinity') AS since,
        coalesce(%(until)s::timestamptz, 'infinity') AS until
),
fixes AS (
    SELECT count(*) AS fixes, count(DISTINCT (fix.location_time AT TIME ZONE %(zone)s::text)::date) AS days
    FROM stretch
    JOIN iot_personal_hub.locations AS fix
        ON fix.device_id = %(device_id)s
       AND fix.location_time >= stretch.since
       AND fix.location_time < stretch.until
    WHERE %(source)s::text IS NULL
       OR EXISTS (
           SELECT
           FROM iot_personal_hub.raw_devices_properties AS raw
           WHERE raw.device_id = fix.device_id
             AND raw.device_time = fix.first_reported
             AND raw.digest = fix.event_digest
             AND raw.source = %(source)s::text)
),
journeys AS (
    SELECT
        count(*) AS journeys,
        count(DISTINCT (journey.starts AT TIME ZONE %(zone)s::text)::date) AS days
    FROM stretch
    JOIN iot_personal_hub.journeys AS journey
        ON journey.device_id = %(device_id)s
       AND (journey.ends > stretch.since AND journey.starts < stretch.until
            OR %(kind)s = 'split' AND journey.starts < stretch.since AND journey.ends > stretch.since)
)
SELECT
    fixes.fixes,
    journeys.journeys,
    greatest(fixes.days, journeys.days) AS days
FROM fixes
CROSS JOIN journeys;

-- name: undo_correction
-- One row: the correction that is undone; none where there is nothing to undo. Without a number the newest that holds.
UPDATE iot_personal_hub.corrections AS correction
SET undone_at = now()
WHERE correction.undone_at IS NULL
  AND correction.id = coalesce(%(id)s::integer, (
      SELECT max(newest.id) FROM iot_personal_hub.corrections AS newest WHERE newest.undone_at IS NULL))
RETURNING
    correction.id,
    correction.device_id,
    CASE WHEN isfinite(correction.since) THEN correction.since END AS since,
    CASE WHEN isfinite(correction.until) THEN correction.until END AS until;

-- name: list_corrections
-- The newest first. NULL as a time: since ever, or for ever.
SELECT
    correction.id,
    correction.device_id,
    device.name AS device,
    correction.kind,
    CASE WHEN isfinite(correction.since) THEN correction.since END AS since,
    CASE WHEN isfinite(correction.until) THEN correction.until END AS until,
    correction.source,
    correction.becomes,
    correction.mode,
    correction.latitude,
    correction.longitude,
    correction.made_at,
    correction.undone_at
FROM iot_personal_hub.corrections AS correction
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = correction.device_id
WHERE %(devices)s::integer[] IS NULL OR correction.device_id = ANY (%(devices)s::integer[])
ORDER BY correction.id DESC
LIMIT %(most)s;

-- name: settle_correction
SELECT iot_personal_hub.settle_correction(
    %(device_id)s::integer, %(since)s::timestamptz, %(until)s::timestamptz) AS is_derived;

-- name: archived_corrections
SELECT to_jsonb(correction)::text AS archived
FROM iot_personal_hub.corrections AS correction
ORDER BY correction.id;

-- name: restore_corrections
INSERT INTO iot_personal_hub.corrections (
    device_id, id, kind, since, until, source, becomes, mode, latitude, longitude, made_at, undone_at)
OVERRIDING SYSTEM VALUE
SELECT
    archived.device_id, archived.id, archived.kind, archived.since, archived.until, archived.source, archived.becomes,
    archived.mode, archived.latitude, archived.longitude, archived.made_at, archived.undone_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.corrections, %(rows)s::jsonb) AS archived;
