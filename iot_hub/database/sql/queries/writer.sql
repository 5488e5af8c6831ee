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

-- name: unstorable
-- The places of the texts of a batch that jsonb can't hold.
SELECT (given.place - 1)::integer AS place
FROM unnest(%(properties)s::text[]) WITH ORDINALITY AS given (properties, place)
WHERE NOT iot_personal_hub.is_jsonb(given.properties)
ORDER BY given.place;

-- name: keep_in_quarantine
-- Keeps payloads in one statement. One that is refused again for the same reason is counted, not kept twice.
WITH given AS (
    SELECT
        refused.device_id,
        refused.source,
        refused.reason,
        refused.payload,
        max(refused.items) AS items,
        (array_agg(refused.circumstances))[1]::jsonb AS circumstances,
        count(*)::integer AS times
    FROM unnest(
        %(device_ids)s::integer[], %(sources)s::text[], %(reasons)s::text[], %(payloads)s::bytea[],
        %(items)s::integer[], %(circumstances)s::text[]
    ) AS refused (device_id, source, reason, payload, items, circumstances)
    GROUP BY refused.device_id, refused.source, refused.reason, refused.payload
)
INSERT INTO iot_personal_hub.quarantine AS kept (device_id, source, reason, payload, items, circumstances, times)
SELECT given.device_id, given.source, given.reason, given.payload, given.items, given.circumstances, given.times
FROM given
-- In one order, so that two statements with the same payloads do not wait for each other.
ORDER BY given.device_id, given.source, given.reason, given.payload
ON CONFLICT ON CONSTRAINT quarantine_payload_key DO UPDATE SET
    times = kept.times + excluded.times,
    last_received = now();
