-- name: expect_imported
-- Before events of the owner's own past are stored: they ask nothing of any zone.
SELECT iot_personal_hub.expect_backlog(%(device_ids)s);

-- name: create_tried_events
-- What a dry run has met already: a file may hold an event twice.
CREATE TEMPORARY TABLE tried_events (
    device_id   integer NOT NULL,
    device_time timestamptz NOT NULL,
    digest      bytea NOT NULL,
    CONSTRAINT tried_events_key PRIMARY KEY (device_id, device_time, digest)
);

-- name: try_imported_events
-- Notes the events of a batch that are neither stored nor met before; a row for each of them.
WITH given AS (
    SELECT
        event.device_id,
        to_timestamp(event.device_time / 1000000.0::double precision) AS device_time,
        iot_personal_hub.event_digest(event.properties::jsonb) AS digest
    FROM ROWS FROM (
        unnest(%(device_ids)s::integer[]),
        unnest(%(device_times)s::bigint[]),
        unnest(%(sources)s::text[]),
        unnest(%(properties)s::text[])
    ) AS event (device_id, device_time, source, properties)
),
tried AS (
    INSERT INTO tried_events (device_id, device_time, digest)
    SELECT given.device_id, given.device_time, given.digest
    FROM given
    WHERE NOT EXISTS (
        SELECT
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = given.device_id
          AND raw.device_time = given.device_time
          AND raw.digest = given.digest
    )
    ON CONFLICT DO NOTHING
    RETURNING device_id
)
SELECT tried.device_id
FROM tried;

-- name: next_first_beta_events
-- The next rows of a database of the first beta, in the order of their ids.
SELECT raw.id, raw.device_id, raw.device_timestamp, raw.properties::text AS properties
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.id > %(after)s
ORDER BY raw.id
LIMIT %(most)s;

-- name: last_first_beta_id
SELECT coalesce(max(raw.id), 0) AS last
FROM iot_personal_hub.raw_devices_properties AS raw;
