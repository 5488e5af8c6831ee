-- What iot_hub_viewer may do: read published rows. Everything else is taken away, also what PostgreSQL gives to
-- everyone, also what a later file grants by mistake.
REVOKE ALL ON ALL TABLES IN SCHEMA iot_personal_hub FROM PUBLIC, iot_hub_viewer;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA iot_personal_hub FROM PUBLIC, iot_hub_viewer;
REVOKE ALL ON ALL ROUTINES IN SCHEMA iot_personal_hub FROM PUBLIC, iot_hub_viewer;

-- Views check a function's rights against who reads the view. These read no table.
GRANT EXECUTE ON FUNCTION
    iot_personal_hub.number_at(jsonb, text[]),
    iot_personal_hub.number_of(jsonb),
    iot_personal_hub.period_starts(text, text, timestamptz, timestamptz)
TO iot_hub_viewer;

-- Of tables the columns, not the table: that would include PostgreSQL's own columns, which tell when a row was
-- written and where it lies, and the right to lock the table. Readings by their views: the tables of what is shown hold
-- rows that nobody sees until a change of the areas is worked off.
DO $$
DECLARE
    published record;
BEGIN
    FOR published IN
        SELECT
            relation.oid::regclass AS name,
            string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) AS columns
        FROM pg_class AS relation
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
        WHERE relation.oid IN (
            SELECT viewed.oid
            FROM iot_personal_hub.published_reading_tables() AS tables (name)
            JOIN pg_class AS shown ON shown.oid = tables.name
            JOIN pg_class AS viewed
                ON viewed.relnamespace = shown.relnamespace
               AND viewed.relname = regexp_replace(shown.relname, '^shown_', 'published_')
            UNION ALL
            VALUES
                ('iot_personal_hub.published_devices'::regclass::oid),
                ('iot_personal_hub.published_settings'::regclass::oid))
        GROUP BY relation.oid
    LOOP
        EXECUTE format('GRANT SELECT (%s) ON %s TO iot_hub_viewer', published.columns, published.name);
    END LOOP;
END
$$;

GRANT SELECT ON
    iot_personal_hub.published_hours,
    iot_personal_hub.published_last_seen,
    iot_personal_hub.view_device_locations_gis_stricted,
    iot_personal_hub.view_devices_smartphone_battery_level,
    iot_personal_hub.view_devices_smartphone_battery_temperature,
    iot_personal_hub.view_devices_smartphone_battery_usage_current_mA,
    iot_personal_hub.view_devices_smartphone_events_counter,
    iot_personal_hub.view_devices_smartphone_location_altitude,
    iot_personal_hub.view_devices_smartphone_location_gis_stricted
TO iot_hub_viewer;

-- The public's views, and nothing of the owner's.
REVOKE ALL ON SCHEMA iot_hub_owner, iot_hub_public FROM PUBLIC, iot_hub_viewer;
REVOKE ALL ON ALL TABLES IN SCHEMA iot_hub_owner, iot_hub_public FROM PUBLIC, iot_hub_viewer;
GRANT USAGE ON SCHEMA iot_hub_public TO iot_hub_viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA iot_hub_public TO iot_hub_viewer;
