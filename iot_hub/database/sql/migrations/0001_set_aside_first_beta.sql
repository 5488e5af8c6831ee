-- A database of the first beta has tables under the names that the hub uses now.
-- They step aside as first_beta_*; functions/adopt_first_beta.sql moves their rows over
-- in the same transaction.

CREATE EXTENSION IF NOT EXISTS postgis;

CREATE SCHEMA IF NOT EXISTS iot_personal_hub;

-- The first beta's views read the old tables; views/ makes them anew under their names.
DROP VIEW IF EXISTS
    iot_personal_hub.view_device_locations_gis_stricted,
    iot_personal_hub.view_devices_smartphone_location_gis_stricted,
    iot_personal_hub.view_devices_smartphone_battery_temperature,
    iot_personal_hub.view_devices_smartphone_battery_usage_current_ma,
    iot_personal_hub.view_devices_smartphone_battery_level,
    iot_personal_hub.view_devices_smartphone_location_altitude,
    iot_personal_hub.view_devices_smartphone_events_counter;

DO $$
DECLARE
    old_name text;
    old_relation record;
BEGIN
    FOREACH old_name IN ARRAY ARRAY[
        'raw_devices_properties',
        'dim_devices',
        'enum_device_type',
        'dim_blocked_areas',
        'agg_hourly_devices_smartphone_events_counter',
        'agg_hourly_devices_smartphone_battery_details',
        'agg_hourly_devices_smartphone_location_details'
    ] LOOP
        IF to_regclass('iot_personal_hub.' || old_name) IS NULL THEN
            CONTINUE;
        END IF;
        EXECUTE format('ALTER TABLE iot_personal_hub.%I RENAME TO %I',
                       old_name, 'first_beta_' || old_name);
        -- Indexes and sequences keep their names when their table is renamed and would bar the new ones.
        FOR old_relation IN
            SELECT relation.relname AS name, relation.relkind AS kind
            FROM pg_class AS relation
            LEFT JOIN pg_index ON pg_index.indexrelid = relation.oid
            LEFT JOIN pg_depend ON pg_depend.objid = relation.oid
                AND pg_depend.classid = 'pg_class'::regclass AND pg_depend.deptype IN ('a', 'i')
            WHERE relation.relkind IN ('i', 'S')
              AND format('iot_personal_hub.%I', 'first_beta_' || old_name)::regclass
                  IN (pg_index.indrelid, pg_depend.refobjid)
        LOOP
            EXECUTE format('ALTER %s iot_personal_hub.%I RENAME TO %I',
                           CASE old_relation.kind WHEN 'i' THEN 'INDEX' ELSE 'SEQUENCE' END,
                           old_relation.name, left('first_beta_' || old_relation.name, 63));
        END LOOP;
    END LOOP;
END
$$;
