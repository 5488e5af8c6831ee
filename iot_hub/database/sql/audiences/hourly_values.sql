-- needs: hourly_aggregates
-- needs: hourly_metrics
-- hourly_values of every audience: each number that is rolled up, under the name of its metric, from that audience's
-- views. The dashboard and the query API read it, so what an aggregate measures needs no query of its own.
DO $do$
DECLARE
    audience text;
    branches text;
    taken text[];
BEGIN
    FOREACH audience IN ARRAY ARRAY['iot_hub_owner', 'iot_hub_public', 'iot_hub_shared'] LOOP
        WITH measures AS (
            SELECT
                hourly_column.aggregate,
                hourly_column.metric,
                hourly_column.unit,
                -- A name in braces is that column's text of the row.
                regexp_replace(
                    quote_literal(hourly_column.metric), '{(\w+)}', $to$' || hourly.\1 || '$to$, 'g') AS metric_of_row,
                regexp_replace(
                    quote_literal(hourly_column.unit), '{(\w+)}', $to$' || hourly.\1 || '$to$, 'g') AS unit_of_row,
                jsonb_object_agg(hourly_column.role, format('hourly.%I', hourly_column.name)) AS columns
            FROM iot_personal_hub.hourly_columns AS hourly_column
            WHERE hourly_column.metric IS NOT NULL
            GROUP BY hourly_column.aggregate, hourly_column.metric, hourly_column.unit
        )
        SELECT string_agg(
            format(
                $template$
                UNION ALL
                SELECT hourly.device_id, hourly.date_hour, (%3$s)::text, (%4$s)::text, %5$s::integer,
                       %6$s::double precision, %7$s::double precision, %8$s::double precision,
                       %9$s::double precision, NULL::double precision, NULL::double precision
                FROM %1$I.%2$I AS hourly
                -- A gap is a gap.
                WHERE coalesce(%5$s, %7$s, %9$s) IS NOT NULL
                $template$,
                audience, 'hourly_' || measures.aggregate, measures.metric_of_row, measures.unit_of_row,
                coalesce(measures.columns ->> 'count', 'NULL'), coalesce(measures.columns ->> 'min', 'NULL'),
                coalesce(measures.columns ->> 'avg', 'NULL'), coalesce(measures.columns ->> 'max', 'NULL'),
                coalesce(measures.columns ->> 'sum', 'NULL')),
            '' ORDER BY measures.metric),
            array_agg(measures.metric ORDER BY measures.metric)
        INTO branches, taken
        FROM measures;

        EXECUTE format(
            $template$
            CREATE OR REPLACE VIEW %1$I.hourly_values %2$s AS
            SELECT hourly.device_id, hourly.date_hour, hourly.metric, hourly.unit, hourly.count,
                   hourly.min, hourly.avg, hourly.max, hourly.sum, hourly.first, hourly.last
            FROM %1$I.hourly_metrics AS hourly
            -- A number of the owner's may have a name that is taken.
            WHERE hourly.metric <> ALL (%4$L::text[])
            %3$s;
            COMMENT ON VIEW %1$I.hourly_values IS
                'One row per device, hour and metric: what hourly_metrics has, and what other hourly views measure.'
            $template$,
            audience, CASE WHEN audience = 'iot_hub_shared' THEN 'WITH (security_barrier)' END, branches, taken);
    END LOOP;
END
$do$;
