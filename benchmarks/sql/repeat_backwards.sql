-- Repeat all rows of devices (raw, rolled up, published) a number of periods earlier: years of history in the time
-- that the inserts take. From the oldest on, as a hub would have stored them.
DO $do$
DECLARE
    period interval := current_setting('bench.period');
    copies integer := current_setting('bench.copies');
    history record;
BEGIN
    FOR history IN
        SELECT
            relation.oid::regclass AS name,
            string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) AS columns,
            string_agg(
                CASE WHEN attribute.atttypid = 'timestamptz'::regtype
                     THEN format('original.%I - copy.number * %L::interval', attribute.attname, period)
                     ELSE format('original.%I', attribute.attname) END,
                ', ' ORDER BY attribute.attnum) AS shifted
        FROM pg_class AS relation
        JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
        WHERE relation.relnamespace = 'iot_personal_hub'::regnamespace
          AND relation.relkind IN ('r', 'p')
          AND NOT relation.relispartition
          AND (relation.relname IN ('raw_devices_properties', 'locations', 'private_hours', 'private_spans',
                                    'shown_events', 'shown_locations')
               OR relation.relname LIKE 'agg\_hourly\_%' OR relation.relname LIKE 'published\_hourly\_%')
          AND attribute.attnum > 0
          AND NOT attribute.attisdropped
          AND attribute.attgenerated = ''
          AND NOT (relation.relname = 'raw_devices_properties' AND attribute.attname = 'id')
        GROUP BY relation.oid
    LOOP
        EXECUTE format(
            'INSERT INTO %1$s (%2$s) SELECT %3$s FROM generate_series(%4$s, 1, -1) AS copy (number), %1$s AS original',
            history.name, history.columns, history.shifted, copies);
        RAISE NOTICE '%', history.name;
    END LOOP;
END
$do$
