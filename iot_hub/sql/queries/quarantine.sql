-- name: list_quarantine
-- One row per kept payload, newest first, without the payload itself.
SELECT
    kept.id,
    kept.device_id,
    kept.source,
    kept.reason,
    kept.times,
    octet_length(kept.payload) AS bytes,
    kept.last_received
FROM iot_personal_hub.quarantine AS kept
ORDER BY kept.last_received DESC, kept.id DESC
LIMIT %(most)s;

-- name: show_quarantine
SELECT kept.id, kept.device_id, kept.source, kept.reason, kept.payload, kept.received_at
FROM iot_personal_hub.quarantine AS kept
WHERE kept.id = %(id)s;

-- name: drop_quarantine
DELETE FROM iot_personal_hub.quarantine AS kept
WHERE kept.id = ANY(%(ids)s)
RETURNING kept.id;

-- name: trim_quarantine
-- Beyond the bound the oldest payloads go; each is returned, so that its end is told.
WITH measured AS (
    SELECT kept.id, sum(octet_length(kept.payload)) OVER (ORDER BY kept.id DESC) AS bytes_up_to_here
    FROM iot_personal_hub.quarantine AS kept
)
DELETE FROM iot_personal_hub.quarantine AS kept
USING measured
WHERE measured.id = kept.id AND measured.bytes_up_to_here > %(most_bytes)s
RETURNING kept.id, kept.device_id, kept.source, kept.reason, kept.received_at;

-- name: all_quarantine_ids
SELECT kept.id
FROM iot_personal_hub.quarantine AS kept
ORDER BY kept.id;
