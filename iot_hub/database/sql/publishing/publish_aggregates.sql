-- Makes the published rows of every hourly aggregate of a device between two whole hours those of the hours that are
-- shown, without the values of withheld classes. Rows that stay as they are are not touched. Of an aggregate that is
-- not published, no hour is shown.
--
-- Each aggregate has a function of its own, publish_hourly_NAME(), so that its plan is kept.
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
                p_device_id integer, p_since timestamptz, p_until timestamptz,
                p_shown timestamptz[], p_withheld text[])
            RETURNS void
            LANGUAGE plpgsql
            AS $function$
            BEGIN
                WITH current_rows AS MATERIALIZED (
                    SELECT agg.device_id, agg.date_hour, %4$s
                    FROM iot_personal_hub.%2$I AS agg
                    WHERE agg.device_id = p_device_id
                      AND agg.date_hour = ANY (p_shown)
                ),
                withdrawn AS (
                    DELETE FROM iot_personal_hub.%3$I AS published
                    WHERE published.device_id = p_device_id
                      AND published.date_hour >= p_since
                      AND published.date_hour < p_until
                      AND NOT EXISTS (
                          SELECT FROM current_rows WHERE current_rows.date_hour = published.date_hour)
                )
                INSERT INTO iot_personal_hub.%3$I AS published (device_id, date_hour, %5$s)
                SELECT current_rows.*
                FROM current_rows
                ORDER BY current_rows.date_hour
                ON CONFLICT (%7$s) DO UPDATE SET %6$s
                WHERE published IS DISTINCT FROM excluded;
            END
            $function$
            $template$,
            'publish_hourly_' || aggregate.name,
            aggregate.table_name,
            'shown_hourly_' || aggregate.name,
            iot_personal_hub.hourly_columns_as(
                aggregate.name, 'CASE WHEN %3$L <> ALL (p_withheld) THEN agg.%1$I END AS %1$I'),
            iot_personal_hub.hourly_columns_as(aggregate.name, '%1$I'),
            iot_personal_hub.hourly_columns_as(aggregate.name, '%1$I = excluded.%1$I'),
            iot_personal_hub.hourly_key_of(aggregate.name));
    END LOOP;

    EXECUTE format(
        $template$
        CREATE OR REPLACE FUNCTION iot_personal_hub.publish_aggregates(
            p_device_id integer, p_since timestamptz, p_until timestamptz, p_shown timestamptz[], p_withheld text[])
        RETURNS void
        LANGUAGE plpgsql
        AS $function$
        BEGIN
            %s
        END
        $function$
        $template$,
        (SELECT string_agg(
            format('PERFORM iot_personal_hub.%I(p_device_id, p_since, p_until, %s, p_withheld);',
                   'publish_hourly_' || hourly.name,
                   CASE WHEN hourly.published THEN 'p_shown' ELSE $none$'{}'$none$ END),
            E'\n            ' ORDER BY hourly.name)
         FROM iot_personal_hub.hourly_aggregates AS hourly));
END
$do$;
