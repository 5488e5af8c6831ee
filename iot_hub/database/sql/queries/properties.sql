-- name: stored_properties
SELECT property.*
FROM iot_personal_hub.dim_properties AS property
ORDER BY property.name;

-- name: store_properties
-- Stores rows of the catalogue of properties: an array of objects, each a whole row.
INSERT INTO iot_personal_hub.dim_properties
    (name, unit, path, aliases, kind, least, most, words, disclosure, rolled_up, published, label,
     shipped_rolled_up, shipped_published)
SELECT
    property.name, property.unit, property.path, property.aliases, property.kind, property.least, property.most,
    property.words, property.disclosure, property.rolled_up, property.published, property.label,
    property.shipped_rolled_up, property.shipped_published
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
    label = excluded.label,
    shipped_rolled_up = excluded.shipped_rolled_up,
    shipped_published = excluded.shipped_published;

-- name: mark_hours_with
-- Marks the hours stale in which an event has one of the paths, and returns how many they are.
SELECT iot_personal_hub.mark_hours_with(%(paths)s::jsonb) AS hours;
