-- Recomputes the rows of every hourly aggregate of a device between two whole hours: what its hourly.sql returns is
-- stored, other rows of those hours are deleted. Hours that a first beta's database brought without their events keep
-- its rows.
--
-- An aggregate whose hours depend on their neighbours has a query for which hours change with these (reach.sql), and
-- refreshes them all, but for those of days of which events were dropped. Where it returns no row, nothing is to be done.
--
-- Each aggregate has a function of its own, refresh_hourly_NAME(), so that its plan is kept.
DO $do$
DECLARE
    aggregate record;
BEGIN
    FOR aggregate IN
        SELECT hourly.* FROM iot_personal_hub.hourly_aggregates AS hourly ORDER BY hourly.name
    LOOP
        EXECUTE format(
            $template$
            CREATE OR REPLACE FUNCTION iot_personal_hub.%1$I(
                p_device_id integer, p_since timestamptz, p_until timestamptz)
            RETURNS void
            LANGUAGE plpgsql
            AS $function$
            DECLARE
                p_cuts CONSTANT timestamptz[] := iot_personal_hub.owner_day_cuts(p_since, p_until);
            BEGIN
                WITH hourly AS MATERIALIZED (
                %3$s
                ),
                outdated AS (
                    DELETE FROM iot_personal_hub.%2$I AS agg
                    WHERE agg.device_id = p_device_id
                      AND agg.date_hour >= p_since
                      AND agg.date_hour < p_until
                      AND NOT EXISTS (SELECT FROM hourly WHERE %7$s)
                      AND NOT EXISTS (
                          SELECT
                          FROM iot_personal_hub.private_hours AS adopted
                          WHERE adopted.device_id = p_device_id AND adopted.date_hour = agg.date_hour)
                )
                INSERT INTO iot_personal_hub.%2$I AS agg (device_id, date_hour, %4$s)
                SELECT p_device_id, hourly.date_hour, %5$s
                FROM hourly
                ON CONFLICT (%8$s) DO UPDATE SET %6$s, updated_at = now();
            END
            $function$
            $template$,
            CASE WHEN aggregate.reach IS NULL THEN 'refresh_hourly_' ELSE 'replace_hourly_' END || aggregate.name,
            aggregate.table_name,
            aggregate.hourly,
            iot_personal_hub.hourly_columns_as(aggregate.name, '%1$I', p_with_internal => true),
            iot_personal_hub.hourly_columns_as(aggregate.name, 'hourly.%1$I', p_with_internal => true),
            iot_personal_hub.hourly_columns_as(aggregate.name, '%1$I = excluded.%1$I', p_with_internal => true),
            (SELECT string_agg(format('hourly.%1$I = agg.%1$I', part.name), ' AND ')
             FROM (
                 SELECT 'date_hour' AS name
                 UNION ALL
                 SELECT hourly_column.name
                 FROM iot_personal_hub.hourly_columns AS hourly_column
                 WHERE hourly_column.aggregate = aggregate.name AND hourly_column.role = 'key'
             ) AS part),
            iot_personal_hub.hourly_key_of(aggregate.name));

        CONTINUE WHEN aggregate.reach IS NULL;

        EXECUTE format(
            $template$
            CREATE OR REPLACE FUNCTION iot_personal_hub.%1$I(
                p_device_id integer, p_since timestamptz, p_until timestamptz)
            RETURNS void
            LANGUAGE plpgsql
            AS $function$
            DECLARE
                reach record;
                part record;
            BEGIN
                SELECT least(p_since, changed.since) AS since, greatest(p_until, changed.until) AS until
                INTO reach
                FROM (
                %3$s
                ) AS changed;
                IF NOT FOUND THEN
                    RETURN;
                END IF;

                FOR part IN
                    SELECT kept.starts, kept.ends
                    FROM iot_personal_hub.kept_windows(p_device_id, reach.since, reach.until) AS kept
                LOOP
                    PERFORM iot_personal_hub.%2$I(p_device_id, part.starts, part.ends);
                END LOOP;
            END
            $function$
            $template$,
            'refresh_hourly_' || aggregate.name, 'replace_hourly_' || aggregate.name, aggregate.reach);
    END LOOP;

    EXECUTE format(
        $template$
        CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_aggregates(
            p_device_id integer, p_since timestamptz, p_until timestamptz)
        RETURNS void
        LANGUAGE plpgsql
        AS $function$
        BEGIN
            %s
        END
        $function$
        $template$,
        (SELECT string_agg(
            format('PERFORM iot_personal_hub.%I(p_device_id, p_since, p_until);', 'refresh_hourly_' || hourly.name),
            E'\n            ' ORDER BY hourly.name)
         FROM iot_personal_hub.hourly_aggregates AS hourly));
END
$do$;

-- Their names until 1.1.
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_battery_details(integer, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_events_counter(integer, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_location_details(integer, timestamptz, timestamptz);
