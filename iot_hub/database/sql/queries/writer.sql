-- name: store_events
-- Stores a batch in one statement, which is one transaction: all of it is safe when it returns.
SELECT stored.stored_device_id, stored.stored_device_time, stored.stored_digest
FROM iot_personal_hub.store_events(
    %(device_ids)s::integer[], %(device_times)s::bigint[], %(sources)s::text[], %(properties)s::text[]) AS stored;

-- name: insert_events
-- As store_events does, for a batch whose partitions are there: fails with check_violation where one is missing.
SELECT stored.stored_device_id, stored.stored_device_time, stored.stored_digest
FROM iot_personal_hub.insert_events(
    %(device_ids)s::integer[], %(device_times)s::bigint[], %(sources)s::text[], %(properties)s::text[]) AS stored;

-- name: probe
-- Answers when the database can take part in a commit again: a server that starts can't write yet.
SELECT pg_is_in_recovery();

-- name: digests_of
-- The digest of each event of a batch, to tell the stored from the duplicates of a mixed one.
SELECT
    batch.device_id,
    to_timestamp(batch.device_time / 1000000.0::double precision),
    iot_personal_hub.event_digest(batch.properties::jsonb)
FROM ROWS FROM (
    unnest(%(device_ids)s::integer[]),
    unnest(%(device_times)s::bigint[]),
    unnest(%(properties)s::text[])
) WITH ORDINALITY AS batch (device_id, device_time, properties, position)
ORDER BY batch.position;

-- name: unstorable
-- The indexes of the texts of a batch that jsonb can't hold.
SELECT (batch.position - 1)::integer AS place
FROM unnest(%(properties)s::text[]) WITH ORDINALITY AS batch (properties, position)
WHERE NOT iot_personal_hub.is_jsonb(batch.properties)
ORDER BY batch.position;

-- name: keep_in_quarantine
-- Stores rejected payloads in one statement. One that is rejected again for the same reason is only counted.
WITH batch AS (
    SELECT
        rejected.device_id,
        rejected.source,
        rejected.reason,
        rejected.payload,
        max(rejected.items) AS items,
        (array_agg(rejected.circumstances))[1]::jsonb AS circumstances,
        count(*)::integer AS times
    FROM unnest(
        %(device_ids)s::integer[], %(sources)s::text[], %(reasons)s::text[], %(payloads)s::bytea[],
        %(items)s::integer[], %(circumstances)s::text[]
    ) AS rejected (device_id, source, reason, payload, items, circumstances)
    GROUP BY rejected.device_id, rejected.source, rejected.reason, rejected.payload
)
INSERT INTO iot_personal_hub.quarantine AS entry (device_id, source, reason, payload, items, circumstances, times)
SELECT batch.device_id, batch.source, batch.reason, batch.payload, batch.items, batch.circumstances, batch.times
FROM batch
-- In one order, so that two statements with the same payloads do not wait for each other.
ORDER BY batch.device_id, batch.source, batch.reason, batch.payload
ON CONFLICT ON CONSTRAINT quarantine_payload_key DO UPDATE SET
    times = entry.times + excluded.times,
    last_received = now();
