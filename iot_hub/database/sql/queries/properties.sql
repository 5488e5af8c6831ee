-- name: stored_properties
SELECT property.*
FROM iot_personal_hub.dim_properties AS property
ORDER BY property.name;

-- name: store_properties
-- Stores rows of the catalogue of properties: an array of objects, each a whole row.
INSERT INTO iot_personal_hub.dim_properties
    (name, unit, path, aliases, kind, least, most, words, disclosure, rolled_up, published,
     counter, state, shipped_rolled_up, shipped_published)
SELECT
    property.name, property.unit, property.path, property.aliases, property.kind, property.least, property.most,
    property.words, property.disclosure, property.rolled_up, property.published,
    property.counter, property.state, property.shipped_rolled_up, property.shipped_published
FROM jsonb_populate_recordset(NULL::iot_personal_hub.dim_properties, %(rows)s::jsonb) AS property
ON CONFLICT (path) DO UPDATE SET
    aliases = excluded.aliases,
    kind = excluded.kind,
    least = excluded.least,
    most = excluded.most,
    words = excluded.words,
    disclosure = excluded.disclosure,
    rolled_up = excluded.rolled_up,
    published = excluded.published,
    counter = excluded.counter,
    state = excluded.state,
    shipped_rolled_up = excluded.shipped_rolled_up,
    shipped_published = excluded.shipped_published;

-- name: mark_hours_with
-- Marks the hours stale in which an event has one of the paths, and returns how many they are.
SELECT iot_personal_hub.mark_hours_with(%(paths)s::jsonb) AS hours;

-- name: sent_numbers
-- The paths at which recent events hold numbers: in how many of them, and a device that sends it, but no value. Looks
-- at the newest events of each device, %(most)s at most in all, four keys deep, outside the apps' own messages.
WITH RECURSIVE sampled AS MATERIALIZED (
    SELECT device.id AS device_id, newest.properties
    FROM iot_personal_hub.dim_devices AS device
    CROSS JOIN LATERAL (
        SELECT raw.properties
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = device.id
        ORDER BY raw.device_time DESC
        LIMIT (SELECT %(most)s / greatest(count(*), 1) + 1 FROM iot_personal_hub.dim_devices)
    ) AS newest
    WHERE jsonb_typeof(newest.properties) = 'object'
),
members AS (
    SELECT sampled.device_id, ARRAY[member.key] AS path, member.value
    FROM sampled
    CROSS JOIN LATERAL jsonb_each(sampled.properties - %(messages)s::text[]) AS member
    UNION ALL
    SELECT members.device_id, members.path || member.key, member.value
    FROM members
    CROSS JOIN LATERAL jsonb_each(
        CASE jsonb_typeof(members.value) WHEN 'object' THEN members.value ELSE '{}' END) AS member
    WHERE cardinality(members.path) < 4
),
counted AS (
    SELECT members.path, count(*) AS events, min(members.device_id) AS device_id
    FROM members
    WHERE iot_personal_hub.number_of(members.value) IS NOT NULL
    GROUP BY members.path
)
SELECT counted.path, counted.events, device.name AS device
FROM counted
JOIN iot_personal_hub.dim_devices AS device ON device.id = counted.device_id
ORDER BY counted.events DESC, counted.path
-- A device that makes up a name for each number would fill the memory.
LIMIT 1000;

-- name: aggregate_metrics
SELECT DISTINCT hourly_column.metric
FROM iot_personal_hub.hourly_columns AS hourly_column
WHERE hourly_column.metric IS NOT NULL;

-- name: add_property
INSERT INTO iot_personal_hub.dim_properties (name, unit, path)
VALUES (%(name)s, %(unit)s, %(path)s);

-- name: change_property
UPDATE iot_personal_hub.dim_properties AS property
SET rolled_up = true,
    unit = coalesce(%(unit)s, property.unit)
WHERE property.name = %(name)s;

-- name: stop_rolling_up
DELETE FROM iot_personal_hub.dim_metrics AS dim WHERE dim.metric = %(name)s;

-- name: delete_hourly_metric
DELETE FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
USING iot_personal_hub.dim_devices AS device
WHERE agg.device_id = device.id
  AND agg.metric = %(name)s;

-- name: delete_hourly_counter
DELETE FROM iot_personal_hub.agg_hourly_devices_counters AS agg
USING iot_personal_hub.dim_devices AS device
WHERE agg.device_id = device.id
  AND agg.metric = %(name)s;
