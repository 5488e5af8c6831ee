-- name: add_reader
INSERT INTO iot_personal_hub.readers (token_hash, name, view, all_devices)
VALUES (%(token_hash)s, %(name)s, %(view)s, %(all_devices)s)
RETURNING id;

-- name: add_reader_device
INSERT INTO iot_personal_hub.reader_devices (reader_id, device_id) VALUES (%(reader_id)s, %(device_id)s)
ON CONFLICT DO NOTHING;

-- name: list_readers
-- Every reader ever added, newest first, with what it may read. devices NULL: all.
SELECT
    reader.name,
    CASE WHEN reader.revoked_at IS NULL THEN 'valid' ELSE 'revoked' END AS state,
    reader.view,
    CASE WHEN reader.all_devices THEN 'all' ELSE coalesce((
        SELECT string_agg(device.name, ', ' ORDER BY device.id)
        FROM iot_personal_hub.reader_devices AS granted
        JOIN iot_personal_hub.dim_devices AS device ON device.id = granted.device_id
        WHERE granted.reader_id = reader.id), 'none') END AS devices,
    reader.created_at,
    reader.last_used
FROM iot_personal_hub.readers AS reader
ORDER BY reader.id DESC;

-- name: revoke_reader
UPDATE iot_personal_hub.readers AS reader
SET revoked_at = now()
WHERE reader.name = %(name)s AND reader.revoked_at IS NULL
RETURNING reader.id;

-- name: reader_grant
-- One row if the token is valid: what its reader may read (devices NULL: all), and whether this minute is noted yet.
SELECT
    reader.id,
    reader.view,
    CASE WHEN NOT reader.all_devices THEN ARRAY(
        SELECT granted.device_id
        FROM iot_personal_hub.reader_devices AS granted
        WHERE granted.reader_id = reader.id) END AS devices,
    reader.last_used >= date_trunc('minute', now()) IS TRUE AS is_noted
FROM iot_personal_hub.readers AS reader
WHERE reader.token_hash = %(token_hash)s AND reader.revoked_at IS NULL;

-- name: note_reader_use
-- One write a minute, however many requests come at once.
UPDATE iot_personal_hub.readers AS reader
SET last_used = date_trunc('minute', now())
WHERE reader.id = %(reader_id)s AND reader.last_used >= date_trunc('minute', now()) IS NOT TRUE;

-- name: archived_readers
-- Without last_used, which changes every minute.
SELECT (to_jsonb(reader) - 'last_used')::text AS archived FROM iot_personal_hub.readers AS reader ORDER BY reader.id;

-- name: archived_reader_devices
SELECT to_jsonb(granted)::text AS archived
FROM iot_personal_hub.reader_devices AS granted
ORDER BY granted.reader_id, granted.device_id;

-- name: restore_readers
INSERT INTO iot_personal_hub.readers (id, token_hash, name, view, all_devices, created_at, revoked_at)
OVERRIDING SYSTEM VALUE
SELECT archived.id, archived.token_hash, archived.name, archived.view, archived.all_devices, archived.created_at,
       archived.revoked_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.readers, %(rows)s::jsonb) AS archived;

-- name: restore_reader_devices
INSERT INTO iot_personal_hub.reader_devices (reader_id, device_id)
SELECT archived.reader_id, archived.device_id
FROM jsonb_populate_recordset(NULL::iot_personal_hub.reader_devices, %(rows)s::jsonb) AS archived;
