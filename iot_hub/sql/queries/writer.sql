-- name: store_events
-- Stores a batch in one statement, which is one transaction: all of it is safe when it returns.
SELECT stored.stored_device_id, stored.stored_device_time, stored.stored_digest
FROM iot_personal_hub.store_events(
    %(device_ids)s::integer[], %(device_times)s::bigint[], %(sources)s::text[], %(properties)s::text[]) AS stored;

-- name: probe
-- Answers when the database can take part in a commit again: a server that starts can't write yet.
SELECT pg_is_in_recovery();

-- name: digests_of
-- The digest of each event of a batch, to tell the stored from the duplicates of a mixed one.
SELECT
    given.device_id,
    to_timestamp(given.device_time / 1000000.0::double precision),
    iot_personal_hub.event_digest(given.properties::jsonb)
FROM ROWS FROM (
    unnest(%(device_ids)s::integer[]),
    unnest(%(device_times)s::bigint[]),
    unnest(%(properties)s::text[])
) WITH ORDINALITY AS given (device_id, device_time, properties, place)
ORDER BY given.place;

-- name: keep_in_quarantine
-- A payload that is refused again for the same reason is counted, not kept twice.
INSERT INTO iot_personal_hub.quarantine AS kept (device_id, source, reason, payload)
VALUES (%(device_id)s, %(source)s, %(reason)s, %(payload)s)
ON CONFLICT ON CONSTRAINT quarantine_payload_key DO UPDATE SET
    times = kept.times + 1,
    last_received = now();
