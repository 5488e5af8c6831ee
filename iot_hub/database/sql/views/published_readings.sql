-- What others see of readings: the rows of shown_NAME as published_NAME, and none of any device from a change of the areas
-- until it is worked off. All that others read stands on these views.
--
-- The condition concerns no row. So a plan tests it once, and where it fails, the rows are neither read nor counted.
DO $do$
DECLARE
    readings record;
BEGIN
    FOR readings IN
        SELECT
            relation.relname AS name,
            regexp_replace(relation.relname, '^shown_', 'published_') AS view_name,
            string_agg(format('shown.%I', attribute.attname), ', ' ORDER BY attribute.attnum) AS columns
        FROM iot_personal_hub.published_reading_tables() AS tables (name)
        JOIN pg_class AS relation ON relation.oid = tables.name
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
        GROUP BY relation.oid, relation.relname
        ORDER BY relation.relname
    LOOP
        EXECUTE format(
            $template$
            CREATE OR REPLACE VIEW iot_personal_hub.%1$I AS
            SELECT %3$s
            FROM iot_personal_hub.%2$I AS shown
            WHERE (SELECT setting.readings_shown FROM iot_personal_hub.published_settings AS setting)%4$s;
            COMMENT ON VIEW iot_personal_hub.%1$I IS
                'One row per row of %2$I; none from a change of the private areas until it is worked off.'
            $template$,
            readings.view_name, readings.name, readings.columns,
            -- A friend's home is in no private area: whether others see stays is the owner's choice. Gaps they never see.
            CASE WHEN readings.name = 'shown_journeys' THEN
                ' AND (shown.kind = ''trip'' OR (shown.kind = ''stay'' AND'
                ' (SELECT setting.stays_shown FROM iot_personal_hub.published_settings AS setting)))'
            ELSE '' END);
    END LOOP;
END
$do$;
