-- The tables of each hourly aggregate: its rows, and those that are published. What exists is not touched: whoever reads
-- it while a hub is upgraded would wait. An aggregate that is new has the known hours refreshed, so that it has a past.
DO $do$
DECLARE
    target record;
    missing record;
BEGIN
    FOR target IN
        SELECT tables.*, to_regclass(format('iot_personal_hub.%I', tables.name)) IS NULL AS is_new
        FROM (
            SELECT hourly.name AS aggregate, iot_personal_hub.hourly_key_of(hourly.name) AS key, hourly.table_name AS name, false AS is_published,
                   format('One row per %s. NULL: not measured.', hourly.grain) AS comment
            FROM iot_personal_hub.hourly_aggregates AS hourly
            UNION ALL
            SELECT hourly.name, iot_personal_hub.hourly_key_of(hourly.name),
                   format('shown_hourly_%s', hourly.name), true,
                   format('One row per %s of which nothing is hidden. NULL: not measured, or withheld.', hourly.grain)
            FROM iot_personal_hub.hourly_aggregates AS hourly
        ) AS tables
        ORDER BY tables.name
    LOOP
        IF target.is_new AND NOT target.is_published THEN
            INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
            SELECT DISTINCT counted.device_id, date_trunc('hour', counted.date_hour, 'UTC')
            FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
            WHERE NOT iot_personal_hub.is_dropped(counted.device_id, counted.date_hour);
        END IF;

        IF target.is_new THEN
            EXECUTE format(
                $template$
                CREATE TABLE iot_personal_hub.%1$I (
                    device_id integer NOT NULL,
                    date_hour timestamptz NOT NULL,
                    %4$s
                    %2$s
                    CONSTRAINT %3$I PRIMARY KEY (%5$s)
                )
                $template$,
                target.name,
                CASE WHEN NOT target.is_published THEN
                    'created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),' END,
                target.name || '_pkey',
                (SELECT string_agg(format('%I text NOT NULL,', wanted.name), ' ' ORDER BY wanted.number)
                 FROM iot_personal_hub.hourly_columns AS wanted
                 WHERE wanted.aggregate = target.aggregate AND wanted.role = 'key'),
                target.key);
        END IF;

        IF target.is_new AND target.key <> 'device_id, date_hour' THEN
            EXECUTE format(
                'CREATE INDEX %2$I ON iot_personal_hub.%1$I (device_id, date_hour)',
                target.name, target.name || '_hours_idx');
        END IF;

        FOR missing IN
            SELECT wanted.name, wanted.type
            FROM iot_personal_hub.hourly_columns AS wanted
            WHERE wanted.aggregate = target.aggregate
              AND (wanted.role <> 'internal' OR NOT target.is_published)
              AND NOT EXISTS (
                  SELECT
                  FROM pg_attribute AS present
                  WHERE present.attrelid = to_regclass(format('iot_personal_hub.%I', target.name))
                    AND present.attname = wanted.name
                    AND NOT present.attisdropped)
            ORDER BY wanted.number
        LOOP
            EXECUTE format('ALTER TABLE iot_personal_hub.%I ADD COLUMN %I %s', target.name, missing.name, missing.type);
        END LOOP;

        EXECUTE format(
            $template$
            COMMENT ON TABLE iot_personal_hub.%1$I IS %3$L;
            COMMENT ON CONSTRAINT %2$I ON iot_personal_hub.%1$I IS %4$L;
            COMMENT ON INDEX iot_personal_hub.%2$I IS
                'hourly_band, hourly_total, hourly_count, dashboard_metric: one device over a range of hours.'
            $template$,
            target.name, target.name || '_pkey', target.comment,
            CASE target.key
                WHEN 'device_id, date_hour' THEN 'A device has one row per hour.'
                ELSE format('One row per %s.', target.key)
            END);

        IF target.key <> 'device_id, date_hour' THEN
            EXECUTE format(
                'COMMENT ON INDEX iot_personal_hub.%I IS %L',
                target.name || '_hours_idx',
                'dashboard_metrics, refresh_aggregates(): all rows of one device over a range of hours.');
        END IF;
    END LOOP;
END
$do$;
