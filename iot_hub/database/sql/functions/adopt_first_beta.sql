-- Moves the rows of a first-beta database, set aside as first_beta_*, into the hub's tables.
-- Ids are kept. Returns what became of them; NULL where there is no such database.
--
--  1. Device types, devices and areas.
--  2. Raw events. The first beta had no event key: of rows that say the same, the first is the
--     event and the others point to it by duplicate_of, so none is lost and none counts twice.
--     A row without a possible time goes to quarantine, whole.
--  3. Roll-ups of hours whose raw events are gone. All others are computed anew: the old ones
--     were averages of integers, with zeros for gaps.
--  4. The old tables are dropped, unless something of the owner's own depends on them.
CREATE OR REPLACE FUNCTION iot_personal_hub.adopt_first_beta()
RETURNS TABLE (events bigint, duplicates bigint, quarantined bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    old_table text;
BEGIN
    IF to_regclass('iot_personal_hub.first_beta_raw_devices_properties') IS NULL THEN
        RETURN;
    END IF;

    -- 1
    IF to_regclass('iot_personal_hub.first_beta_enum_device_type') IS NOT NULL THEN
        INSERT INTO iot_personal_hub.enum_device_type (value)
        SELECT old.value FROM iot_personal_hub.first_beta_enum_device_type AS old
        ON CONFLICT DO NOTHING;
    END IF;
    IF to_regclass('iot_personal_hub.first_beta_dim_devices') IS NOT NULL THEN
        INSERT INTO iot_personal_hub.dim_devices (id, name, type, status, details, created_at, updated_at)
        SELECT old.id, coalesce(nullif(old.name, ''), 'device ' || old.id), old.type, old.status, old.details,
               old.created_at, old.updated_at
        FROM iot_personal_hub.first_beta_dim_devices AS old
        ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO iot_personal_hub.dim_devices (id, name, type)
    SELECT DISTINCT old.device_id, 'device ' || old.device_id, 'smartphone'
    FROM iot_personal_hub.first_beta_raw_devices_properties AS old
    ON CONFLICT DO NOTHING;
    PERFORM setval(pg_get_serial_sequence('iot_personal_hub.dim_devices', 'id'),
                   greatest(max(device.id), 1), max(device.id) IS NOT NULL)
    FROM iot_personal_hub.dim_devices AS device;

    IF to_regclass('iot_personal_hub.first_beta_dim_blocked_areas') IS NOT NULL THEN
        INSERT INTO iot_personal_hub.dim_blocked_areas (id, name, polygon, created_at, updated_at)
        SELECT old.id,
               CASE WHEN count(*) OVER (PARTITION BY old.name) > 1 THEN old.name || ' ' || old.id ELSE old.name END,
               st_collectionextract(st_makevalid(old.polygon), 3), old.created_at, old.updated_at
        FROM iot_personal_hub.first_beta_dim_blocked_areas AS old
        WHERE NOT st_isempty(st_collectionextract(st_makevalid(old.polygon), 3));

        INSERT INTO iot_personal_hub.quarantine (source, reason, payload)
        SELECT 'first_beta', 'area_without_polygon', convert_to(to_jsonb(old)::text, 'UTF8')
        FROM iot_personal_hub.first_beta_dim_blocked_areas AS old
        WHERE st_isempty(st_collectionextract(st_makevalid(old.polygon), 3)) IS NOT FALSE
        ON CONFLICT DO NOTHING;

        PERFORM setval(pg_get_serial_sequence('iot_personal_hub.dim_blocked_areas', 'id'),
                       greatest(max(area.id), 1), max(area.id) IS NOT NULL)
        FROM iot_personal_hub.dim_blocked_areas AS area;
    END IF;

    -- 2
    PERFORM iot_personal_hub.ensure_partitions(array_agg(DISTINCT iot_personal_hub.instant(old.device_timestamp)))
    FROM iot_personal_hub.first_beta_raw_devices_properties AS old
    WHERE iot_personal_hub.instant(old.device_timestamp) <= now() + interval '1 day';

    INSERT INTO iot_personal_hub.raw_devices_properties
        (id, device_id, device_time, digest, source, properties, created_at_cest, duplicate_of)
    WITH timed AS (
        SELECT
            old.id,
            old.device_id,
            iot_personal_hub.instant(old.device_timestamp) AS device_time,
            coalesce(old.properties, '{}') AS properties,
            old.created_at_cest
        FROM iot_personal_hub.first_beta_raw_devices_properties AS old
        WHERE iot_personal_hub.instant(old.device_timestamp) <= now() + interval '1 day'
    ),
    numbered AS (
        SELECT
            timed.*,
            min(timed.id) OVER (PARTITION BY timed.device_id, timed.device_time,
                                             iot_personal_hub.event_digest(timed.properties)) AS first_id
        FROM timed
    )
    SELECT
        numbered.id, numbered.device_id, numbered.device_time,
        CASE WHEN numbered.id = numbered.first_id
             THEN iot_personal_hub.event_digest(numbered.properties)
             ELSE iot_personal_hub.event_digest(
                      jsonb_build_object('id', numbered.id, 'properties', numbered.properties)) END,
        'automate', numbered.properties, numbered.created_at_cest,
        nullif(numbered.first_id, numbered.id)
    FROM numbered;

    INSERT INTO iot_personal_hub.quarantine (device_id, source, reason, payload, received_at)
    SELECT old.device_id, 'first_beta', 'time_impossible', convert_to(to_jsonb(old)::text, 'UTF8'), old.created_at_cest
    FROM iot_personal_hub.first_beta_raw_devices_properties AS old
    WHERE (iot_personal_hub.instant(old.device_timestamp) <= now() + interval '1 day') IS NOT TRUE;

    PERFORM setval('iot_personal_hub.raw_devices_properties_id_seq',
                   greatest(max(old.id), 1), max(old.id) IS NOT NULL)
    FROM iot_personal_hub.first_beta_raw_devices_properties AS old;

    -- 3
    IF to_regclass('iot_personal_hub.first_beta_agg_hourly_devices_smartphone_events_counter') IS NOT NULL THEN
        INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_events_counter
        SELECT old.* FROM iot_personal_hub.first_beta_agg_hourly_devices_smartphone_events_counter AS old
        WHERE old.count_events > 0
          AND NOT iot_personal_hub.has_events(old.device_id, old.date_hour);
    END IF;
    IF to_regclass('iot_personal_hub.first_beta_agg_hourly_devices_smartphone_battery_details') IS NOT NULL THEN
        INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_battery_details
        SELECT old.* FROM iot_personal_hub.first_beta_agg_hourly_devices_smartphone_battery_details AS old
        WHERE (old.temperature_max, old.level_max, old.usage_current_mA_max) <> (0, 0, 0)
          AND NOT iot_personal_hub.has_events(old.device_id, old.date_hour);
    END IF;
    IF to_regclass('iot_personal_hub.first_beta_agg_hourly_devices_smartphone_location_details') IS NOT NULL THEN
        INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_location_details
        SELECT old.* FROM iot_personal_hub.first_beta_agg_hourly_devices_smartphone_location_details AS old
        WHERE (old.latitude_max, old.longitude_max) <> (0, 0)
          AND NOT iot_personal_hub.has_events(old.device_id, old.date_hour);
    END IF;

    -- Where those hours were spent is not known, so they are not published.
    INSERT INTO iot_personal_hub.private_hours (device_id, date_hour)
    SELECT agg.device_id, agg.date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
    UNION
    SELECT agg.device_id, agg.date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS agg
    UNION
    SELECT agg.device_id, agg.date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg;

    PERFORM iot_personal_hub.adopt_averages();

    PERFORM iot_personal_hub.refresh_hours('2000-01-01', now() + interval '2 days');

    RETURN QUERY
    SELECT
        count(*) FILTER (WHERE raw.duplicate_of IS NULL),
        count(*) FILTER (WHERE raw.duplicate_of IS NOT NULL),
        (SELECT count(*) FROM iot_personal_hub.quarantine AS entry WHERE entry.source = 'first_beta')
    FROM iot_personal_hub.raw_devices_properties AS raw;

    -- 4
    FOR old_table IN
        SELECT child.relname
        FROM unnest(ARRAY['raw_devices_properties', 'dim_devices', 'enum_device_type', 'dim_blocked_areas',
                          'agg_hourly_devices_smartphone_events_counter',
                          'agg_hourly_devices_smartphone_battery_details',
                          'agg_hourly_devices_smartphone_location_details']) WITH ORDINALITY AS former (name, position)
        JOIN pg_class AS child ON child.relname = 'first_beta_' || former.name
        WHERE child.relnamespace = 'iot_personal_hub'::regnamespace AND child.relkind = 'r'
        ORDER BY former.position
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE iot_personal_hub.%I', old_table);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            EXECUTE format('ALTER TABLE iot_personal_hub.%I RENAME TO %I', old_table, 'kept_' || old_table);
            RAISE NOTICE 'kept as iot_personal_hub.kept_%: something of yours reads it', old_table;
        END;
    END LOOP;
END
$$;
