-- name: list_quarantine
-- One row per kept payload, newest first, without the payload itself.
SELECT
    kept.id,
    kept.device_id,
    kept.source,
    kept.reason,
    kept.items,
    kept.times,
    octet_length(kept.payload) AS bytes,
    kept.last_received
FROM iot_personal_hub.quarantine AS kept
ORDER BY kept.last_received DESC, kept.id DESC
LIMIT %(most)s;

-- name: show_quarantine
SELECT kept.id, kept.device_id, kept.source, kept.reason, kept.payload, kept.received_at, kept.circumstances
FROM iot_personal_hub.quarantine AS kept
WHERE kept.id = %(id)s;

-- name: note_replay
-- Of a body some parts are stored now, and these are left.
UPDATE iot_personal_hub.quarantine AS kept
SET items = %(items)s, reason = %(reason)s
WHERE kept.id = %(id)s
  AND NOT EXISTS (
      -- The same body may be there for that reason already.
      SELECT
      FROM iot_personal_hub.quarantine AS other
      WHERE other.id <> kept.id
        AND other.device_id IS NOT DISTINCT FROM kept.device_id
        AND (other.source, other.reason, other.payload_hash) = (kept.source, %(reason)s, kept.payload_hash));

-- name: drop_quarantine
DELETE FROM iot_personal_hub.quarantine AS kept
WHERE kept.id = ANY(%(ids)s)
RETURNING kept.id;

-- name: trim_quarantine
-- Beyond the bound of bytes or entries the oldest entries go, a part of them at a time. One row per device, source
-- and reason: how many went, the oldest and the newest of them.
WITH measured AS (
    SELECT
        kept.id,
        -- By its length alone: no payload is read.
        sum(octet_length(kept.payload)) OVER newest_first AS bytes_up_to_here,
        row_number() OVER newest_first AS entries_up_to_here
    FROM iot_personal_hub.quarantine AS kept
    WINDOW newest_first AS (ORDER BY kept.id DESC)
),
excess AS (
    SELECT kept.id
    FROM iot_personal_hub.quarantine AS kept
    JOIN measured ON measured.id = kept.id
    WHERE measured.bytes_up_to_here > %(most_bytes)s OR measured.entries_up_to_here > %(most_entries)s
    ORDER BY kept.id
    LIMIT %(at_once)s
    -- The worker and the receivers may trim at the same time.
    FOR UPDATE OF kept SKIP LOCKED
),
gone AS (
    DELETE FROM iot_personal_hub.quarantine AS kept
    USING excess
    WHERE kept.id = excess.id
    RETURNING kept.device_id, kept.source, kept.reason, kept.received_at
)
SELECT
    gone.device_id,
    gone.source,
    gone.reason,
    count(*) AS payloads,
    min(gone.received_at) AS oldest,
    max(gone.received_at) AS newest
FROM gone
GROUP BY gone.device_id, gone.source, gone.reason
ORDER BY gone.device_id, gone.source, gone.reason;

-- name: all_quarantine_ids
SELECT kept.id
FROM iot_personal_hub.quarantine AS kept
ORDER BY kept.id;
