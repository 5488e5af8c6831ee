-- name: make_drive_correction
INSERT INTO iot_personal_hub.drive_corrections (device_id, kind, since, until, name, purpose)
VALUES (
    %(device_id)s, %(kind)s, %(since)s::timestamptz, %(until)s::timestamptz, %(name)s::text, %(purpose)s::text)
RETURNING id;

-- name: undo_drive_correction
-- One row: the correction that is undone; none where there is nothing to undo. Without a number the newest that holds.
UPDATE iot_personal_hub.drive_corrections AS correction
SET undone_at = now()
WHERE correction.undone_at IS NULL
  AND correction.id = coalesce(%(id)s::integer, (
      SELECT max(newest.id) FROM iot_personal_hub.drive_corrections AS newest WHERE newest.undone_at IS NULL))
RETURNING correction.id, correction.device_id, correction.kind, correction.since, correction.until;

-- name: list_drive_corrections
-- The newest first.
SELECT
    correction.id,
    correction.device_id,
    device.name AS device,
    correction.kind,
    correction.since,
    correction.until,
    correction.name,
    correction.purpose,
    correction.made_at,
    correction.undone_at
FROM iot_personal_hub.drive_corrections AS correction
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = correction.device_id
WHERE %(devices)s::integer[] IS NULL OR correction.device_id = ANY (%(devices)s::integer[])
ORDER BY correction.id DESC
LIMIT %(most)s;

-- name: settle_drive_correction
SELECT iot_personal_hub.settle_drive_correction(
    %(device_id)s::integer, %(since)s::timestamptz, %(until)s::timestamptz) AS is_derived;

-- name: archived_drive_corrections
SELECT to_jsonb(correction)::text AS archived
FROM iot_personal_hub.drive_corrections AS correction
ORDER BY correction.id;

-- name: restore_drive_corrections
INSERT INTO iot_personal_hub.drive_corrections (
    device_id, id, kind, since, until, name, purpose, made_at, undone_at)
OVERRIDING SYSTEM VALUE
SELECT
    archived.device_id, archived.id, archived.kind, archived.since, archived.until, archived.name, archived.purpose,
    archived.made_at, archived.undone_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.drive_corrections, %(rows)s::jsonb) AS archived;
