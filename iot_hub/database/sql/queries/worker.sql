-- name: refresh_stale_hours
SELECT iot_personal_hub.refresh_stale_hours();

-- name: refresh_stale_journeys
SELECT iot_personal_hub.refresh_stale_journeys(gathered => %(gathered)s);

-- name: refresh_stale_drives
SELECT iot_personal_hub.refresh_stale_drives(gathered => %(gathered)s);

-- name: refresh_stale_map_cells
SELECT iot_personal_hub.refresh_stale_map_cells(%(gathered)s);

-- name: refresh_stale_shown_journeys
SELECT iot_personal_hub.refresh_stale_shown_journeys(gathered => %(gathered)s);

-- name: refresh_stale_shown_map_cells
SELECT iot_personal_hub.refresh_stale_shown_map_cells(%(gathered)s);

-- name: publish_due_hours
SELECT iot_personal_hub.publish_due_hours();

-- name: mask_next_fixes
SELECT iot_personal_hub.mask_next_fixes();

-- name: pack_published_rows
SELECT iot_personal_hub.pack_published_rows();

-- name: published_tables
-- The tables that pack_published_rows() packs.
SELECT tables.name::text AS name FROM iot_personal_hub.published_reading_tables() AS tables (name);

-- name: vacuum_published_rows
-- What was packed is read from the index alone again.
VACUUM (ANALYZE) {tables};

-- name: refresh_hours
SELECT iot_personal_hub.refresh_hours(%(since)s, %(until)s);

-- name: refresh_device
SELECT iot_personal_hub.refresh_device(%(device_id)s, %(since)s, %(until)s);
