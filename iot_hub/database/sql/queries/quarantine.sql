-- name: list_quarantine
-- One row per entry, newest first, without the payload itself.
SELECT
    entry.id,
    entry.device_id,
    entry.source,
    entry.reason,
    entry.items,
    entry.times,
    octet_length(entry.payload) AS bytes,
    entry.last_received
FROM iot_personal_hub.quarantine AS entry
ORDER BY entry.last_received DESC, entry.id DESC
LIMIT %(most)s;

-- name: show_quarantine
SELECT entry.id, entry.device_id, entry.source, entry.reason, entry.payload, entry.received_at, entry.circumstances
FROM iot_personal_hub.quarantine AS entry
WHERE entry.id = %(id)s;

-- name: note_replay
-- Of a body some parts are stored now, and these are left.
UPDATE iot_personal_hub.quarantine AS entry
SET items = %(items)s, reason = %(reason)s
WHERE entry.id = %(id)s
  AND NOT EXISTS (
      -- The same body may be there for that reason already.
      SELECT
      FROM iot_personal_hub.quarantine AS other
      WHERE other.id <> entry.id
        AND other.device_id IS NOT DISTINCT FROM entry.device_id
        AND (other.source, other.reason, other.payload_hash) = (entry.source, %(reason)s, entry.payload_hash));

-- name: drop_quarantine
DELETE FROM iot_personal_hub.quarantine AS entry
WHERE entry.id = ANY(%(ids)s)
RETURNING entry.id;

-- name: trim_quarantine
-- Beyond the bound of bytes or entries the oldest entries go, a part of them at a time. One row per device, source
-- and reason: how many went, the oldest and the newest of them.
WITH measured AS (
    SELECT
        entry.id,
        -- By its length alone: no payload is read.
        sum(octet_length(entry.payload)) OVER newest_first AS bytes_up_to_here,
        row_number() OVER newest_first AS entries_up_to_here
    FROM iot_personal_hub.quarantine AS entry
    WINDOW newest_first AS (ORDER BY entry.id DESC)
),
excess AS (
    SELECT entry.id
    FROM iot_personal_hub.quarantine AS entry
    JOIN measured ON measured.id = entry.id
    WHERE measured.bytes_up_to_here > %(most_bytes)s OR measured.entries_up_to_here > %(most_entries)s
    ORDER BY entry.id
    LIMIT %(at_once)s
    -- The worker and the receivers may trim at the same time.
    FOR UPDATE OF entry SKIP LOCKED
),
deleted AS (
    DELETE FROM iot_personal_hub.quarantine AS entry
    USING excess
    WHERE entry.id = excess.id
    RETURNING entry.device_id, entry.source, entry.reason, entry.received_at
)
SELECT
    deleted.device_id,
    deleted.source,
    deleted.reason,
    count(*) AS payloads,
    min(deleted.received_at) AS oldest,
    max(deleted.received_at) AS newest
FROM deleted
GROUP BY deleted.device_id, deleted.source, deleted.reason
ORDER BY deleted.device_id, deleted.source, deleted.reason;

-- name: all_quarantine_ids
SELECT entry.id
FROM iot_personal_hub.quarantine AS entry
ORDER BY entry.id;
