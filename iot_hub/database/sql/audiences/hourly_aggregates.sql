-- The views of each hourly aggregate, hourly_NAME: the owner's has all rows, the public's those that are published.
-- views/shared_hourly_aggregates.sql has those of share links.
DO $do$
DECLARE
    aggregate record;
BEGIN
    FOR aggregate IN
        SELECT
            hourly.*,
            'hourly_' || hourly.name AS view_name,
            iot_personal_hub.hourly_columns_as(hourly.name, 'hourly.%1$I') AS columns
        FROM iot_personal_hub.hourly_aggregates AS hourly
        ORDER BY hourly.name
    LOOP
        EXECUTE format(
            $template$
            CREATE OR REPLACE VIEW iot_hub_owner.%1$I AS
            SELECT hourly.device_id, hourly.date_hour, %3$s
            FROM iot_personal_hub.%2$I AS hourly;
            COMMENT ON VIEW iot_hub_owner.%1$I IS %4$L
            $template$,
            aggregate.view_name, aggregate.table_name, aggregate.columns, format('One row per %s.', aggregate.grain));

        EXECUTE format(
            $template$
            CREATE OR REPLACE VIEW iot_hub_public.%1$I AS
            SELECT hourly.device_id, hourly.date_hour, %3$s
            FROM iot_personal_hub.%2$I AS hourly;
            COMMENT ON VIEW iot_hub_public.%1$I IS %4$L
            $template$,
            aggregate.view_name, 'published_hourly_' || aggregate.name, aggregate.columns,
            format('One row per %s of which nothing is hidden.', aggregate.grain));
    END LOOP;
END
$do$;
