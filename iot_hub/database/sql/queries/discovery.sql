-- name: listen_discovery
LISTEN iot_hub_discovery_changed;

-- name: decided_devices
-- One row per discovered device that the owner, or a rule, has decided about; without a device it is ignored.
SELECT discovered.identity, discovered.device_id
FROM iot_personal_hub.discovered_devices AS discovered
WHERE discovered.status <> 'proposed';

-- name: note_discovered
-- Notes what was heard of devices. What a message does not say stays as it was. Beyond a number of devices no new one
-- is noted: who may write to a broker can name as many as they like.
WITH heard AS (
    SELECT
        said.*,
        known.identity IS NOT NULL AS is_known,
        row_number() OVER (PARTITION BY known.identity IS NULL ORDER BY said.identity) AS number
    FROM unnest(
        %(identities)s::text[], %(protocols)s::text[], %(labels)s::text[], %(manufacturers)s::text[],
        %(models)s::text[], %(areas)s::text[], %(removed)s::boolean[], %(last_heard)s::timestamptz[],
        %(availability)s::text[], %(availability_at)s::timestamptz[]
    ) AS said (
        identity, protocol, label, manufacturer, model, area, removed, last_heard, availability, availability_at
    )
    LEFT JOIN iot_personal_hub.discovered_devices AS known ON known.identity = said.identity
)
INSERT INTO iot_personal_hub.discovered_devices AS discovered (
    identity, protocol, label, manufacturer, model, area, removed, last_heard, availability, availability_at
)
SELECT
    heard.identity,
    heard.protocol,
    heard.label,
    heard.manufacturer,
    heard.model,
    heard.area,
    coalesce(heard.removed, false),
    heard.last_heard,
    coalesce(heard.availability, 'unknown'),
    heard.availability_at
FROM heard
WHERE heard.is_known
   OR heard.number <= %(most)s - (SELECT count(*) FROM iot_personal_hub.discovered_devices AS known)
ORDER BY heard.identity
ON CONFLICT (identity) DO UPDATE SET
    label = coalesce(excluded.label, discovered.label),
    manufacturer = coalesce(excluded.manufacturer, discovered.manufacturer),
    model = coalesce(excluded.model, discovered.model),
    area = coalesce(excluded.area, discovered.area),
    -- A description withdraws it; a live message or another description brings it back.
    removed = excluded.removed,
    last_heard = greatest(excluded.last_heard, discovered.last_heard),
    availability =
        CASE WHEN excluded.availability_at IS NULL THEN discovered.availability ELSE excluded.availability END,
    availability_at = coalesce(excluded.availability_at, discovered.availability_at);

-- name: adopt_provisional
SELECT iot_personal_hub.adopt_provisional(%(identity)s, %(provisional)s);

-- name: apply_discovery_rules
SELECT iot_personal_hub.apply_discovery_rules();

-- name: forget_strangers
-- Forgets devices that nobody has decided about, beyond a number, with what was held of them; also those that a rule
-- ignores, since it will again. The first to go were heard once, as the tyres of cars that passed.
WITH strangers AS (
    SELECT
        discovered.identity,
        coalesce(discovered.last_heard, discovered.first_heard) AS last_heard,
        coalesce(discovered.last_heard, discovered.first_heard) > discovered.first_heard + interval '1 minute'
            AS was_heard_again
    FROM iot_personal_hub.discovered_devices AS discovered
    WHERE discovered.status = 'proposed'
       OR (discovered.status = 'ignored'
           AND iot_personal_hub.discovery_rule_of(discovered.identity, discovered.protocol) = 'ignore')
),
excess AS (
    SELECT strangers.identity
    FROM strangers
    ORDER BY strangers.was_heard_again DESC, strangers.last_heard DESC, strangers.identity
    OFFSET %(most)s
),
messages AS (
    DELETE FROM iot_personal_hub.held_messages AS held
    USING excess
    WHERE held.identity = excess.identity
)
DELETE FROM iot_personal_hub.discovered_devices AS discovered
USING excess
WHERE discovered.identity = excess.identity;

-- name: hold_messages
INSERT INTO iot_personal_hub.held_messages (identity, topic, payload, received_at, retained)
SELECT held.identity, held.topic, held.payload, held.received_at, held.retained
FROM unnest(
    %(identities)s::text[], %(topics)s::text[], %(payloads)s::bytea[], %(received_at)s::timestamptz[],
    %(retained)s::boolean[]
) WITH ORDINALITY AS held (identity, topic, payload, received_at, retained, number)
ORDER BY held.number;

-- name: trim_held_messages
-- Keeps the newest messages of each identity, and of all together as many bytes as may be.
WITH measured AS (
    SELECT
        held.identity,
        held.id,
        row_number() OVER (PARTITION BY held.identity ORDER BY held.id DESC) AS number,
        sum(octet_length(held.payload) + octet_length(held.topic) + 100) OVER (ORDER BY held.id DESC) AS bytes
    FROM iot_personal_hub.held_messages AS held
)
DELETE FROM iot_personal_hub.held_messages AS held
USING measured
WHERE (held.identity, held.id) = (measured.identity, measured.id)
  AND (measured.number > %(most_each)s OR measured.bytes > %(most_bytes)s)
RETURNING held.id;

-- name: releasable_identities
-- Identities whose messages wait for nothing any more: something was decided.
SELECT discovered.identity, discovered.status
FROM iot_personal_hub.discovered_devices AS discovered
WHERE discovered.status <> 'proposed'
  AND EXISTS (SELECT FROM iot_personal_hub.held_messages AS held WHERE held.identity = discovered.identity)
ORDER BY discovered.identity;

-- name: undescribed_identities
-- Topics of which messages are held that nobody has described yet.
SELECT DISTINCT held.identity
FROM iot_personal_hub.held_messages AS held
WHERE held.identity LIKE '?%%'
ORDER BY held.identity;

-- name: held_messages
-- Messages of an identity that are held, the oldest first, after a number.
SELECT held.id, held.topic, held.payload, held.received_at, held.retained
FROM iot_personal_hub.held_messages AS held
WHERE held.identity = %(identity)s AND held.id > %(after)s
ORDER BY held.id
LIMIT %(most)s;

-- name: drop_held_messages
DELETE FROM iot_personal_hub.held_messages AS held
WHERE held.identity = %(identity)s AND held.id <= %(until)s;

-- name: list_discovered
-- One row per discovered device, those to decide about first; with the messages that wait for it.
SELECT
    discovered.identity,
    discovered.label,
    discovered.status,
    discovered.device_id,
    device.name AS device,
    discovered.protocol,
    discovered.manufacturer,
    discovered.model,
    discovered.area,
    discovered.availability,
    discovered.removed,
    discovered.first_heard,
    discovered.last_heard,
    waiting.messages AS held_messages
FROM iot_personal_hub.discovered_devices AS discovered
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = discovered.device_id
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS messages
    FROM iot_personal_hub.held_messages AS held
    WHERE held.identity = discovered.identity
) AS waiting
ORDER BY
    array_position(ARRAY['proposed', 'approved', 'ignored'], discovered.status),
    lower(coalesce(discovered.label, discovered.identity)),
    discovered.identity;

-- name: find_discovered
-- Discovered devices by identity or label.
SELECT discovered.identity, discovered.label, discovered.status, discovered.device_id
FROM iot_personal_hub.discovered_devices AS discovered
WHERE discovered.identity = %(name)s OR discovered.label = %(name)s
ORDER BY discovered.identity = %(name)s DESC, discovered.identity;

-- name: approve_discovered
SELECT iot_personal_hub.approve_discovered(%(identity)s, %(name)s, %(device_id)s::integer) AS device_id;

-- name: ignore_discovered
UPDATE iot_personal_hub.discovered_devices AS discovered
SET status = 'ignored', device_id = NULL
WHERE discovered.identity = %(identity)s;

-- name: propose_discovered
-- Parts that were ignored with their whole follow it; one that was approved stays.
UPDATE iot_personal_hub.discovered_devices AS discovered
SET status = 'proposed', device_id = NULL
WHERE discovered.identity = %(identity)s
   OR (starts_with(discovered.identity, %(identity)s || '#') AND discovered.status = 'ignored');

-- name: list_discovery_rules
SELECT rule.pattern, rule.decision, rule.created_at
FROM iot_personal_hub.discovery_rules AS rule
ORDER BY rule.decision DESC, rule.pattern;

-- name: add_discovery_rule
INSERT INTO iot_personal_hub.discovery_rules (pattern, decision) VALUES (%(pattern)s, %(decision)s)
ON CONFLICT (pattern) DO UPDATE SET decision = excluded.decision, created_at = now();

-- name: remove_discovery_rule
DELETE FROM iot_personal_hub.discovery_rules AS rule WHERE rule.pattern = %(pattern)s
RETURNING rule.pattern;

-- name: assign_room
UPDATE iot_personal_hub.dim_devices AS device SET room = %(room)s WHERE device.id = %(device_id)s;

-- name: list_rooms
-- Rooms that a device is in, or that one which was discovered says it is in.
SELECT known.room
FROM (
    SELECT device.room
    FROM iot_personal_hub.dim_devices AS device
    UNION
    SELECT btrim(discovered.area)
    FROM iot_personal_hub.discovered_devices AS discovered
) AS known
WHERE known.room <> ''
ORDER BY lower(known.room), known.room;
