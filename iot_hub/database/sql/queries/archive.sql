-- name: lock_archive
-- One process writes the archive at a time. Held until it is unlocked or the connection ends.
SELECT pg_try_advisory_lock(hashtext('iot_personal_hub.archive'));

-- name: unlock_archive
SELECT pg_advisory_unlock(hashtext('iot_personal_hub.archive'));

-- name: days_to_archive
-- The days (UTC) of each device, over by the given instant, that hold more events than the archive,
-- those counted that were dropped.
WITH archived AS (
    SELECT object.device_id, object.date, sum(object.events) AS events
    FROM iot_personal_hub.archive_objects AS object
    GROUP BY object.device_id, object.date
),
stored AS (
    SELECT raw.device_id, (raw.device_time AT TIME ZONE 'UTC')::date AS date, count(*) AS events
    FROM iot_personal_hub.raw_devices_properties AS raw
    WHERE raw.device_time < %(before)s
    GROUP BY raw.device_id, (raw.device_time AT TIME ZONE 'UTC')::date
)
SELECT stored.device_id, stored.date, stored.events, coalesce(archived.events, 0)::bigint AS archived
FROM stored
LEFT JOIN archived ON archived.device_id = stored.device_id AND archived.date = stored.date
LEFT JOIN iot_personal_hub.dropped_days AS dropped
    ON dropped.device_id = stored.device_id AND dropped.date = stored.date
WHERE stored.events + coalesce(dropped.events, 0) > coalesce(archived.events, 0)
ORDER BY stored.device_id, stored.date;

-- name: next_events
-- One row: the next events of a device after a key and before an instant, column by column. Columns
-- of one width are their binary forms put together (a duplicate of none is one of 0); of texts, the
-- lengths say where each ends (-1: there is none). Digests only where they are not the properties' own.
WITH page AS (
    SELECT
        raw.id,
        raw.device_time,
        raw.created_at_cest,
        convert_to(raw.source, 'UTF8') AS source,
        raw.digest,
        raw.duplicate_of,
        convert_to(CASE WHEN raw.duplicate_of IS NOT NULL THEN encode(raw.digest, 'hex') END, 'UTF8') AS own_digest,
        convert_to(raw.properties::text, 'UTF8') AS properties
    FROM iot_personal_hub.raw_devices_properties AS raw
    WHERE raw.device_id = %(device_id)s
      AND raw.device_time >= %(after_time)s
      AND (raw.device_time, raw.digest) > (%(after_time)s, %(after_digest)s)
      AND raw.device_time < %(until)s
    ORDER BY raw.device_time, raw.digest
    LIMIT %(page)s
)
SELECT
    count(*) AS events,
    string_agg(int8send(page.id), '') AS ids,
    string_agg(timestamptz_send(page.device_time), '') AS device_times,
    string_agg(timestamptz_send(page.created_at_cest), '') AS created_times,
    string_agg(int4send(octet_length(page.source)), '') AS source_lengths,
    string_agg(page.source, '') AS sources,
    string_agg(int4send(coalesce(octet_length(page.own_digest), -1)), '') AS digest_lengths,
    coalesce(string_agg(page.own_digest, ''), '') AS digests,
    string_agg(int8send(coalesce(page.duplicate_of, 0)), '') AS duplicates,
    string_agg(int4send(octet_length(page.properties)), '') AS properties_lengths,
    string_agg(page.properties, '') AS properties,
    max(page.device_time) AS last_time,
    (array_agg(page.digest))[count(*)] AS last_digest
FROM page;

-- name: event_keys_of_days
-- One row per device and UTC day until an instant: the time and digest of each of its events, in
-- binary and in no order. Packed, since a row an event would cost the client more than all the rest.
SELECT
    raw.device_id,
    date_trunc('day', raw.device_time, 'UTC') AS starts,
    string_agg(timestamptz_send(raw.device_time) || raw.digest, '') AS keys
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.device_time < %(before)s
GROUP BY raw.device_id, date_trunc('day', raw.device_time, 'UTC');

-- name: archived_objects
-- Every object that the archive should hold.
SELECT
    object.device_id,
    object.date,
    object.path,
    object.events,
    object.bytes AS size,
    object.sha256,
    object.fingerprint,
    object.min_time,
    object.max_time
FROM iot_personal_hub.archive_objects AS object
ORDER BY object.device_id, object.date, object.path;

-- name: archived_objects_of_days
-- The objects of the given days.
SELECT
    object.device_id,
    object.date,
    object.path,
    object.events,
    object.bytes AS size,
    object.sha256,
    object.fingerprint,
    object.min_time,
    object.max_time
FROM iot_personal_hub.archive_objects AS object
JOIN ROWS FROM (unnest(%(device_ids)s::integer[]), unnest(%(dates)s::date[])) AS day (device_id, date)
    ON day.device_id = object.device_id AND day.date = object.date
ORDER BY object.device_id, object.date, object.path;

-- name: note_archived_object
INSERT INTO iot_personal_hub.archive_objects
    (device_id, date, path, events, bytes, sha256, fingerprint, min_time, max_time)
VALUES (%(device_id)s, %(date)s, %(path)s, %(events)s, %(size)s, %(sha256)s, %(fingerprint)s, %(min_time)s,
        %(max_time)s)
ON CONFLICT DO NOTHING;

-- name: forget_archived_object
DELETE FROM iot_personal_hub.archive_objects AS object
WHERE object.device_id = %(device_id)s AND object.date = %(date)s AND object.path = %(path)s;

-- name: archived_device_types
SELECT to_jsonb(kind)::text AS archived FROM iot_personal_hub.enum_device_type AS kind ORDER BY kind.value;

-- name: archived_devices
SELECT to_jsonb(device)::text AS archived FROM iot_personal_hub.dim_devices AS device ORDER BY device.id;

-- name: archived_tokens
SELECT to_jsonb(token)::text AS archived
FROM iot_personal_hub.device_tokens AS token
ORDER BY token.device_id, token.created_at, token.token_hash;

-- name: archived_areas
-- Polygons as EWKB, to the last bit; their JSON would be GeoJSON with rounded coordinates.
SELECT (to_jsonb(area) || jsonb_build_object('polygon', area.polygon::text))::text AS archived
FROM iot_personal_hub.dim_blocked_areas AS area
ORDER BY area.id;

-- name: archived_displacements
SELECT to_jsonb(displacement)::text AS archived
FROM iot_personal_hub.zone_displacements AS displacement
ORDER BY displacement.id;

-- name: archived_metrics
SELECT to_jsonb(catalogue)::text AS archived FROM iot_personal_hub.dim_metrics AS catalogue ORDER BY catalogue.metric;

-- name: archived_properties
SELECT to_jsonb(property)::text AS archived FROM iot_personal_hub.dim_properties AS property ORDER BY property.name;

-- name: archived_settings
SELECT to_jsonb(setting)::text AS archived FROM iot_personal_hub.hub_settings AS setting ORDER BY setting.name;

-- name: archived_quarantine
SELECT to_jsonb(entry)::text AS archived FROM iot_personal_hub.quarantine AS entry ORDER BY entry.id;

-- name: archived_permanent_hours
-- Hours whose raw events are gone: only their roll-ups tell of them.
SELECT to_jsonb(hidden)::text AS archived
FROM iot_personal_hub.private_hours AS hidden
ORDER BY hidden.device_id, hidden.date_hour;

-- name: archived_permanent_events_counter
SELECT to_jsonb(hourly)::text AS archived
FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
JOIN iot_personal_hub.private_hours AS hidden
    ON hidden.device_id = hourly.device_id AND hidden.date_hour = hourly.date_hour
ORDER BY hourly.device_id, hourly.date_hour;

-- name: archived_permanent_battery_details
SELECT to_jsonb(hourly)::text AS archived
FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS hourly
JOIN iot_personal_hub.private_hours AS hidden
    ON hidden.device_id = hourly.device_id AND hidden.date_hour = hourly.date_hour
ORDER BY hourly.device_id, hourly.date_hour;

-- name: archived_permanent_location_details
SELECT to_jsonb(hourly)::text AS archived
FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS hourly
JOIN iot_personal_hub.private_hours AS hidden
    ON hidden.device_id = hourly.device_id AND hidden.date_hour = hourly.date_hour
ORDER BY hourly.device_id, hourly.date_hour;

-- name: what_a_hub_holds
-- One row: what stands against restoring an archive into this hub (NULL: it is empty).
SELECT CASE
    WHEN EXISTS (SELECT FROM iot_personal_hub.raw_devices_properties) THEN 'events'
    WHEN EXISTS (SELECT FROM iot_personal_hub.dim_devices) THEN 'devices'
    WHEN EXISTS (SELECT FROM iot_personal_hub.dim_blocked_areas) THEN 'private areas'
    WHEN EXISTS (SELECT FROM iot_personal_hub.quarantine) THEN 'payloads in quarantine'
    WHEN EXISTS (SELECT FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter) THEN 'roll-ups'
    WHEN EXISTS (SELECT FROM iot_personal_hub.archive_objects) THEN 'an archive of its own'
END AS holds;

-- name: restore_device_types
INSERT INTO iot_personal_hub.enum_device_type (value)
SELECT archived.value
FROM jsonb_populate_recordset(NULL::iot_personal_hub.enum_device_type, %(rows)s::jsonb) AS archived
ON CONFLICT DO NOTHING;

-- name: restore_devices
INSERT INTO iot_personal_hub.dim_devices
    (id, name, type, status, details, published, created_at, updated_at)
SELECT archived.id, archived.name, archived.type, archived.status, archived.details,
       coalesce(archived.published, false), archived.created_at, archived.updated_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.dim_devices, %(rows)s::jsonb) AS archived;

-- name: restore_tokens
INSERT INTO iot_personal_hub.device_tokens (device_id, token_hash, created_at, revoked_at, mqtt_hash)
SELECT archived.device_id, archived.token_hash, archived.created_at, archived.revoked_at, archived.mqtt_hash
FROM jsonb_populate_recordset(NULL::iot_personal_hub.device_tokens, %(rows)s::jsonb) AS archived;

-- name: clear_displacements
-- Those of areas that a new hub had for a while; the archived ones replace them.
DELETE FROM iot_personal_hub.zone_displacements;

-- name: restore_displacements
INSERT INTO iot_personal_hub.zone_displacements (id, latitude, longitude, is_scaled, east, north, created_at)
SELECT archived.id, archived.latitude, archived.longitude, archived.is_scaled, archived.east, archived.north,
       archived.created_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.zone_displacements, %(rows)s::jsonb) AS archived;

-- name: restore_displacements_of_areas
-- An archive of a hub that kept no displacements has them with its areas.
INSERT INTO iot_personal_hub.zone_displacements (latitude, longitude, is_scaled, east, north, created_at)
SELECT
    st_y(middle.centre),
    st_x(middle.centre),
    archived.margin_m < 500,
    archived.shift_east_m / CASE WHEN archived.margin_m < 500 THEN greatest(archived.margin_m, 1) ELSE 1 END,
    archived.shift_north_m / CASE WHEN archived.margin_m < 500 THEN greatest(archived.margin_m, 1) ELSE 1 END,
    archived.created_at
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS archived (id integer, polygon text, margin_m double precision, shift_east_m double precision,
                 shift_north_m double precision, created_at timestamptz)
CROSS JOIN LATERAL (SELECT st_centroid(archived.polygon::geometry::geography)::geometry) AS middle (centre)
WHERE archived.shift_east_m IS NOT NULL
ORDER BY archived.id;

-- name: restore_areas
INSERT INTO iot_personal_hub.dim_blocked_areas (id, name, polygon, margin_m, displacement_id, created_at, updated_at)
SELECT archived.id, archived.name, archived.polygon::geometry, coalesce(archived.margin_m, 900),
       archived.displacement_id, archived.created_at, archived.updated_at
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS archived (id integer, name text, polygon text, margin_m double precision, displacement_id integer,
                 created_at timestamptz, updated_at timestamptz);

-- name: restore_metrics
-- Of an archive from before the catalogue, which can't tell what its owner had removed: what was added or renamed.
INSERT INTO iot_personal_hub.dim_properties AS property (name, unit, path)
SELECT archived.metric, archived.unit, archived.path
FROM jsonb_populate_recordset(NULL::iot_personal_hub.dim_metrics, %(rows)s::jsonb) AS archived
-- What has a name of the catalogue's, or has become an alias, is rolled up with that.
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.dim_properties AS known
    WHERE known.path <> archived.path
      AND (known.name = archived.metric
           OR known.path[1] = archived.path[1] AND known.aliases @> archived.path[2:]))
ON CONFLICT (path) DO UPDATE SET
    name = CASE
        WHEN excluded.name = array_to_string(property.path, '.') THEN property.name
        -- The dashboard and the older tables read these by their names.
        WHEN property.name IN ('battery.level', 'battery.temperature', 'battery.usage_current', 'location.altitude')
            THEN property.name
        ELSE excluded.name
    END,
    unit = excluded.unit,
    rolled_up = property.kind = 'number';

-- name: restore_properties
-- The owner's rows as they were; of the catalogue's what the owner has said: name, unit and switches. An archive
-- of the catalogue's first version has no aliases, and does not say which switches are the owner's.
INSERT INTO iot_personal_hub.dim_properties AS property
    (name, unit, path, kind, least, most, words, disclosure, rolled_up, published)
SELECT
    archived.name,
    archived.unit,
    archived.path,
    archived.kind,
    archived.least,
    archived.most,
    archived.words,
    archived.disclosure,
    CASE
        WHEN known.path IS NULL THEN archived.rolled_up
        WHEN archived.aliases IS NULL THEN known.rolled_up OR archived.rolled_up
        WHEN archived.rolled_up = archived.shipped_rolled_up THEN known.rolled_up
        ELSE archived.rolled_up
    END,
    CASE
        WHEN known.path IS NOT NULL AND archived.published = archived.shipped_published THEN known.published
        ELSE archived.published
    END
FROM jsonb_populate_recordset(NULL::iot_personal_hub.dim_properties, %(rows)s::jsonb) AS archived
LEFT JOIN iot_personal_hub.dim_properties AS known ON known.path = archived.path
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.dim_properties AS other
    WHERE other.path <> archived.path
      AND (other.name = archived.name
           OR other.path[1] = archived.path[1] AND other.aliases @> archived.path[2:]))
ON CONFLICT (path) DO UPDATE SET
    name = CASE
        WHEN excluded.name = array_to_string(property.path, '.') THEN property.name
        -- The dashboard and the older tables read these by their names.
        WHEN property.name IN ('battery.level', 'battery.temperature', 'battery.usage_current', 'location.altitude')
            THEN property.name
        ELSE excluded.name
    END,
    unit = excluded.unit,
    rolled_up = excluded.rolled_up AND property.kind = 'number',
    published = excluded.published;

-- name: restore_settings
INSERT INTO iot_personal_hub.hub_settings AS setting (name, value)
SELECT archived.name, archived.value
FROM jsonb_populate_recordset(NULL::iot_personal_hub.hub_settings, %(rows)s::jsonb) AS archived
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: restore_quarantine
INSERT INTO iot_personal_hub.quarantine
    (id, device_id, source, reason, payload, received_at, last_received, times, items, circumstances)
OVERRIDING SYSTEM VALUE
SELECT archived.id, archived.device_id, archived.source, archived.reason, archived.payload, archived.received_at,
       -- An archive of 1.1 says nothing of items.
       archived.last_received, archived.times, coalesce(archived.items, 1), archived.circumstances
FROM jsonb_populate_recordset(NULL::iot_personal_hub.quarantine, %(rows)s::jsonb) AS archived;

-- name: restore_permanent_hours
INSERT INTO iot_personal_hub.private_hours (device_id, date_hour)
SELECT archived.device_id, archived.date_hour
FROM jsonb_populate_recordset(NULL::iot_personal_hub.private_hours, %(rows)s::jsonb) AS archived;

-- name: restore_permanent_events_counter
INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_events_counter
SELECT archived.*
FROM jsonb_populate_recordset(
    NULL::iot_personal_hub.agg_hourly_devices_smartphone_events_counter, %(rows)s::jsonb) AS archived;

-- name: restore_permanent_battery_details
INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_battery_details
SELECT archived.*
FROM jsonb_populate_recordset(
    NULL::iot_personal_hub.agg_hourly_devices_smartphone_battery_details, %(rows)s::jsonb) AS archived;

-- name: restore_permanent_location_details
INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_location_details
SELECT archived.*
FROM jsonb_populate_recordset(
    NULL::iot_personal_hub.agg_hourly_devices_smartphone_location_details, %(rows)s::jsonb) AS archived;

-- name: adopt_averages
-- Of the permanent hours.
SELECT iot_personal_hub.adopt_averages();

-- name: ensure_partitions
SELECT iot_personal_hub.ensure_partitions(%(instants)s::timestamptz[]);

-- name: copy_events_back
COPY iot_personal_hub.raw_devices_properties
    (device_id, id, device_time, created_at_cest, source, digest, duplicate_of, properties)
FROM STDIN (FORMAT csv);

-- name: expect_restored_backlog
SELECT iot_personal_hub.expect_backlog(array_agg(device.id)) FROM iot_personal_hub.dim_devices AS device;

-- name: mark_restored_hours
-- Should the restore end before its roll-ups are made, the worker makes them.
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
SELECT DISTINCT raw.device_id, date_trunc('hour', raw.device_time, 'UTC')
FROM iot_personal_hub.raw_devices_properties AS raw;

-- name: restore_sequences
-- Ids go on after the highest restored one.
SELECT
    setval('iot_personal_hub.raw_devices_properties_id_seq', greatest(max(raw.id), 1), max(raw.id) IS NOT NULL),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.dim_devices', 'id'),
                   greatest(max(device.id), 1), max(device.id) IS NOT NULL)
     FROM iot_personal_hub.dim_devices AS device),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.dim_blocked_areas', 'id'),
                   greatest(max(area.id), 1), max(area.id) IS NOT NULL)
     FROM iot_personal_hub.dim_blocked_areas AS area),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.zone_displacements', 'id'),
                   greatest(max(displacement.id), 1), max(displacement.id) IS NOT NULL)
     FROM iot_personal_hub.zone_displacements AS displacement),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.share_links', 'id'),
                   greatest(max(link.id), 1), max(link.id) IS NOT NULL)
     FROM iot_personal_hub.share_links AS link),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.readers', 'id'),
                   greatest(max(reader.id), 1), max(reader.id) IS NOT NULL)
     FROM iot_personal_hub.readers AS reader),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.places', 'id'),
                   greatest(max(place.id), 1), max(place.id) IS NOT NULL)
     FROM iot_personal_hub.places AS place),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.corrections', 'id'),
                   greatest(max(correction.id), 1), max(correction.id) IS NOT NULL)
     FROM iot_personal_hub.corrections AS correction),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.drive_corrections', 'id'),
                   greatest(max(correction.id), 1), max(correction.id) IS NOT NULL)
     FROM iot_personal_hub.drive_corrections AS correction),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.refuels', 'id'),
                   greatest(max(refuel.id), 1), max(refuel.id) IS NOT NULL)
     FROM iot_personal_hub.refuels AS refuel),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.electricity_prices', 'id'),
                   greatest(max(price.id), 1), max(price.id) IS NOT NULL)
     FROM iot_personal_hub.electricity_prices AS price),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.alert_channels', 'id'),
                   greatest(max(channel.id), 1), max(channel.id) IS NOT NULL)
     FROM iot_personal_hub.alert_channels AS channel),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.alert_rules', 'id'),
                   greatest(max(rule.id), 1), max(rule.id) IS NOT NULL)
     FROM iot_personal_hub.alert_rules AS rule),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.service_reminders', 'id'),
                   greatest(max(reminder.id), 1), max(reminder.id) IS NOT NULL)
     FROM iot_personal_hub.service_reminders AS reminder),
    (SELECT setval(pg_get_serial_sequence('iot_personal_hub.quarantine', 'id'),
                   greatest(max(entry.id), 1), max(entry.id) IS NOT NULL)
     FROM iot_personal_hub.quarantine AS entry)
FROM iot_personal_hub.raw_devices_properties AS raw;

-- name: analyze_restored
-- Planned without knowing its size, a refresh of a fresh table takes many times as long.
ANALYZE iot_personal_hub.raw_devices_properties;

-- name: spans_of_devices
-- The whole hours between which each device has events; the device with most of them first.
SELECT
    raw.device_id,
    date_trunc('hour', min(raw.device_time), 'UTC') AS starts,
    date_trunc('hour', max(raw.device_time), 'UTC') + interval '1 hour' AS ends
FROM iot_personal_hub.raw_devices_properties AS raw
GROUP BY raw.device_id
ORDER BY count(*) DESC;

-- name: add_imported_device
-- A device that only an import knows gets its row.
INSERT INTO iot_personal_hub.dim_devices (id, name, type)
VALUES (%(device_id)s::integer, 'device ' || %(device_id)s::integer, 'smartphone')
ON CONFLICT DO NOTHING;

-- name: go_on_after_imported_devices
-- A device that is added later must not be given an imported one's id.
SELECT setval(pg_get_serial_sequence('iot_personal_hub.dim_devices', 'id'), max(device.id))
FROM iot_personal_hub.dim_devices AS device
HAVING max(device.id) > 0;

-- name: read_one_moment
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
