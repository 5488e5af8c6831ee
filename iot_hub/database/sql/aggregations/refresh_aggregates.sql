-- Recomputes the rows of every hourly aggregate of a device between two whole hours: what its hourly.sql returns is
-- stored, other rows of those hours are deleted. Hours that a first beta's database brought without their events keep
-- its rows.
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
                      AND NOT EXISTS (SELECT FROM hourly WHERE hourly.date_hour = agg.date_hour)
                      AND NOT EXISTS (
                          SELECT
                          FROM iot_personal_hub.private_hours AS adopted
                          WHERE adopted.device_id = p_device_id AND adopted.date_hour = agg.date_hour)
                )
                INSERT INTO iot_personal_hub.%2$I AS agg (device_id, date_hour, %4$s)
                SELECT p_device_id, hourly.date_hour, %5$s
                FROM hourly
                ON CONFLICT (device_id, date_hour) DO UPDATE SET %6$s, updated_at = now();
            END
            $function$
            $template$,
            'refresh_hourly_' || aggregate.name,
            aggregate.table_name,
            aggregate.hourly,
            iot_personal_hub.hourly_columns_as(aggregate.name, '%1$I', p_with_internal => true),
            iot_personal_hub.hourly_columns_as(aggregate.name, 'hourly.%1$I', p_with_internal => true),
            iot_personal_hub.hourly_columns_as(aggregate.name, '%1$I = excluded.%1$I', p_with_internal => true));
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
