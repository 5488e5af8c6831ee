-- What PostgreSQL and PostGIS let every role do and tells of what is hidden: where private areas are
-- (planner statistics of geometry columns), and how many events come in while nothing is published
-- (counters of rows, sizes of tables). Where the server is not the hub's own, its administrator has
-- given these rights, and the hub may be unable to take them away.
DO $$
DECLARE
    told record;
BEGIN
    FOR told IN
        SELECT 'FUNCTION ' || routine.oid::regprocedure AS thing
        FROM pg_proc AS routine
        WHERE routine.prokind = 'f'
          AND (routine.proname IN ('st_estimatedextent', '_postgis_stats', '_postgis_index_extent',
                                   '_postgis_selectivity', '_postgis_join_selectivity')
               OR (routine.pronamespace = 'pg_catalog'::regnamespace
                   AND (routine.proname ~ '^pg_stat_get_'
                        OR routine.proname IN ('pg_relation_size', 'pg_table_size', 'pg_indexes_size',
                                               'pg_total_relation_size', 'pg_database_size'))))
          AND has_function_privilege('iot_hub_guest', routine.oid, 'EXECUTE')
          AND pg_has_role(routine.proowner, 'USAGE')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON %s FROM PUBLIC', told.thing);
    END LOOP;
END
$$;
