-- name: begin_snapshot
-- The first statement of a backup's transaction: all that follows sees one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: export_snapshot
-- One row: the snapshot for pg_dump, its moment, the server's major version, whether a hub is there.
SELECT
    pg_export_snapshot() AS snapshot,
    now() AS taken_at,
    current_setting('server_version_num')::integer / 10000 AS postgresql,
    to_regclass('public.iot_hub_migrations') IS NOT NULL AS migrated;

-- name: server_state
-- One row: the server's major version, and the database's name.
SELECT current_setting('server_version_num')::integer / 10000 AS postgresql, current_database() AS name;

-- name: backup_migrations
-- One row per migration that the database has.
SELECT applied.name
FROM public.iot_hub_migrations AS applied
WHERE applied.name <> 'repeatable'
ORDER BY applied.name;

-- name: count_rows
-- One row per table that a dump holds (a partitioned one counts as one): how many rows it has.
-- Tables of extensions are the extensions' own, and what the hub brings is left out.
WITH dumped AS (
    SELECT format('%%I.%%I', namespace.nspname, relation.relname) AS table_name
    FROM pg_class AS relation
    JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.relkind IN ('r', 'p')
      AND relation.relpersistence = 'p'
      AND NOT relation.relispartition
      AND namespace.nspname !~ '^pg_'
      AND namespace.nspname <> 'information_schema'
      AND format('%%I.%%I', namespace.nspname, relation.relname) <> ALL (%(left_out)s)
      AND NOT EXISTS (
          SELECT
          FROM pg_depend AS membership
          WHERE membership.classid = 'pg_class'::regclass
            AND membership.objid = relation.oid
            AND membership.deptype = 'e'
      )
),
counted AS (
    SELECT
        dumped.table_name,
        query_to_xml(format('SELECT count(*) AS rows FROM %%s', dumped.table_name), false, true, '') AS answer
    FROM dumped
)
SELECT
    counted.table_name,
    (xpath('/row/rows/text()', counted.answer))[1]::text::bigint AS rows
FROM counted
ORDER BY counted.table_name;

-- name: read_views
-- One row: how many of the hub's views could be read, their first rows at least. A view that can't be read raises its error.
WITH published AS (
    SELECT format('%I.%I', namespace.nspname, relation.relname) AS view_name
    FROM pg_class AS relation
    JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
    WHERE relation.relkind = 'v'
      AND namespace.nspname IN ('iot_personal_hub', 'iot_hub_owner', 'iot_hub_public', 'iot_hub_shared')
),
answered AS (
    SELECT query_to_xml(
        -- Counting rows whole: a plain count(*) would not compute their columns.
        format('SELECT count(one) FROM (SELECT * FROM %s LIMIT 1000) AS one', published.view_name), false, true, ''
    ) AS answer
    FROM published
)
SELECT count(answered.answer) AS views
FROM answered;

-- name: create_scratch
-- A database for a trial; {name} is an identifier.
CREATE DATABASE {name};

-- name: drop_scratch
-- The trial's end; {name} is an identifier.
DROP DATABASE IF EXISTS {name} WITH (FORCE);

-- name: create_postgis
-- The one extension of a hub's database: a dump leaves it to who restores.
CREATE EXTENSION IF NOT EXISTS postgis;

-- name: has_hub
-- One row: whether the database holds a hub at all.
SELECT to_regclass('iot_personal_hub.raw_devices_properties') IS NOT NULL AS has_hub;

-- name: has_any_event
-- One row: whether the hub in the database holds events.
SELECT EXISTS (SELECT FROM iot_personal_hub.raw_devices_properties) AS has_events;

-- name: make_room
-- Takes an empty hub away, in the transaction that restores another. The lock keeps an event
-- from being stored between the look and the drop.
DO $$
BEGIN
    IF to_regclass('iot_personal_hub.raw_devices_properties') IS NOT NULL THEN
        LOCK TABLE iot_personal_hub.raw_devices_properties IN ACCESS EXCLUSIVE MODE;
        IF EXISTS (SELECT FROM iot_personal_hub.raw_devices_properties) THEN
            RAISE EXCEPTION 'the database holds events meanwhile';
        END IF;
    END IF;
    DROP SCHEMA IF EXISTS iot_personal_hub, iot_hub_owner, iot_hub_public, iot_hub_shared CASCADE;
    DROP TABLE IF EXISTS public.iot_hub_migrations, public.iot_hub_release;
END
$$;

-- name: forget_repeatable
-- A restore leaves all grants out; the next migration then makes views, functions and grants anew.
DELETE FROM public.iot_hub_migrations AS applied
WHERE applied.name = 'repeatable';

-- name: admit_viewer
-- What the viewer may do with the schema itself; the grants on its views are made with the views.
GRANT USAGE ON SCHEMA iot_personal_hub TO iot_hub_viewer;

-- name: tell_tokens_changed
-- Receivers that run already load the restored tokens.
NOTIFY iot_hub_tokens_changed;
