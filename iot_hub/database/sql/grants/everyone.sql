-- What PostgreSQL and PostGIS let every role do and that tells of what is hidden, or stops others: where private areas
-- are (planner statistics of geometry columns), and how much comes in while nothing is published (counters of rows,
-- sizes of tables, positions of the write-ahead log, numbers of transactions, locks). Where the server is not the hub's
-- own, its administrator has given these rights, and the hub may be unable to take them away.
DO $$
DECLARE
    revoked record;
BEGIN
    FOR revoked IN
        SELECT routine.oid::regprocedure AS name
        FROM pg_proc AS routine
        WHERE routine.prokind IN ('f', 'p')
          AND (routine.proname IN ('st_estimatedextent', '_postgis_stats', '_postgis_index_extent',
                                   '_postgis_selectivity', '_postgis_join_selectivity')
               OR (routine.pronamespace = 'pg_catalog'::regnamespace
                   AND (-- Statistics, sizes and files.
                        routine.proname ~ '^pg_(stat|ls|control)_'
                        OR routine.proname ~ '^pg_.*_size$'
                        OR routine.proname IN ('pg_relation_filenode', 'pg_relation_filepath', 'pg_filenode_relation',
                                               'pg_sequence_last_value', 'pg_conf_load_time', 'pg_postmaster_start_time')
                        -- The write-ahead log: writing to it tells its position, too.
                        OR routine.proname ~ '(^|_)wal|^pg_(logical|replication|create|get_replication|show_replication)_'
                        -- Transactions, whose numbers count what others commit.
                        OR routine.proname ~ '^txid_|_xact_|^pg_current_(xact|snapshot)|^pg_(xact|snapshot|export_snapshot)'
                        OR routine.proname ~ '^pg_last_committed|^pg_last_xact|multixact|^mxid_'
                        OR routine.oid IN ('age(xid)'::regprocedure)
                        -- Locks, and what others do.
                        OR routine.proname ~ '^pg_(try_)?advisory_'
                        OR routine.proname IN ('pg_lock_status', 'pg_blocking_pids', 'pg_safe_snapshot_blocking_pids',
                                               'pg_isolation_test_session_is_blocked', 'pg_prepared_xact',
                                               'pg_notification_queue_usage')
                        -- Another page of the same audience is another session of the same role.
                        OR routine.proname IN ('pg_cancel_backend', 'pg_terminate_backend',
                                               'pg_log_backend_memory_contexts')
                        -- Large objects would be written, and tell of numbers that all objects share.
                        OR routine.proname ~ '^lo_' OR routine.proname IN ('loread', 'lowrite', 'currtid2'))))
          AND has_function_privilege('iot_hub_guest', routine.oid, 'EXECUTE')
          AND pg_has_role(routine.proowner, 'USAGE')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', revoked.name);
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO CURRENT_USER', revoked.name);
    END LOOP;
END
$$;

-- The catalogue counts rows and pages of every table, and how old its transactions are. Its other columns stay
-- readable: psql, Grafana and QGIS list tables by them.
DO $$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT
            catalogue.oid::regclass AS name,
            string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) AS columns
        FROM pg_class AS catalogue
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = catalogue.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
        WHERE catalogue.oid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_database'::regclass)
          AND pg_has_role(catalogue.relowner, 'USAGE')
          AND attribute.attname NOT IN (
              'reltuples', 'relpages', 'relallvisible', 'relallfrozen', 'relfilenode', 'relfrozenxid', 'relminmxid',
              'datfrozenxid', 'datminmxid', 'datlastsysoid')
        GROUP BY catalogue.oid
    LOOP
        EXECUTE format('REVOKE SELECT ON %s FROM PUBLIC', shown.name);
        EXECUTE format('GRANT SELECT (%s) ON %s TO PUBLIC', shown.columns, shown.name);
    END LOOP;
END
$$;

-- Their plans count the statistics of columns that the reader may not see.
DO $$
DECLARE
    catalogue regclass;
BEGIN
    FOR catalogue IN
        SELECT view.oid
        FROM pg_class AS view
        WHERE view.relnamespace = 'pg_catalog'::regnamespace
          AND view.relname IN ('pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs')
          AND pg_has_role(view.relowner, 'USAGE')
    LOOP
        EXECUTE format('REVOKE SELECT ON %s FROM PUBLIC', catalogue);
    END LOOP;
END
$$;
