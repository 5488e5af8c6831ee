-- needs: published_readings
-- needs: share_access
-- needs: share_cells
-- Grain: as its aggregate's, of what the link shows: none without measurements, and whole hours only. With reduced
-- precision, nothing that measures movement. An aggregate that a link shows otherwise has a shared.sql.
DO $do$
DECLARE
    aggregate record;
BEGIN
    FOR aggregate IN
        SELECT hourly.* FROM iot_personal_hub.hourly_aggregates AS hourly ORDER BY hourly.name
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE VIEW iot_hub_shared.%1$I WITH (security_barrier) AS %2$s',
            'hourly_' || aggregate.name,
            coalesce(aggregate.shared, format(
                $template$
                SELECT hourly.device_id, hourly.date_hour, %2$s
                FROM iot_personal_hub.%1$I AS hourly
                WHERE (SELECT access.measurements FROM iot_hub_shared.access AS access)
                  AND hourly.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
                  AND hourly.date_hour >= (SELECT access.since FROM iot_hub_shared.access AS access)
                  AND hourly.date_hour < (SELECT access.end_of_hours FROM iot_hub_shared.access AS access)
                  %3$s
                $template$,
                'published_hourly_' || aggregate.name,
                iot_personal_hub.hourly_columns_as(aggregate.name, 'hourly.%1$I'),
                CASE WHEN aggregate.movement
                     THEN 'AND (SELECT access.precision_m FROM iot_hub_shared.access AS access) = 0'
                     ELSE '' END)));
        EXECUTE format(
            'COMMENT ON VIEW iot_hub_shared.%I IS %L',
            'hourly_' || aggregate.name, format('One row per %s that the link shows.', aggregate.grain));
    END LOOP;
END
$do$;
