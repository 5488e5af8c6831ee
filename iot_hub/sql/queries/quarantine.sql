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
SELECT kept.id, kept.device_id, kept.source, kept.reason, kept.payload
FROM iot_personal_hub.quarantine AS kept
WHERE kept.id = %(id)s;

-- name: drop_quarantine
DELETE FROM iot_personal_hub.quarantine AS kept
WHERE kept.id = ANY(%(ids)s)
RETURNING kept.id;

-- name: all_quarantine_ids
SELECT kept.id
FROM iot_personal_hub.quarantine AS kept
ORDER BY kept.id;
