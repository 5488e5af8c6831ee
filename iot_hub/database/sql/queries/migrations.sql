-- name: database_exists
SELECT FROM pg_database WHERE datname = 'iot_hub';

-- name: create_database
CREATE DATABASE iot_hub;

-- name: load_libraries
-- Fails where a new connection can't load what the hub's functions are written in. Both in one round trip.
DO LANGUAGE plpgsql $$BEGIN PERFORM postgis_lib_version(); END$$;

-- name: checkpoint
CHECKPOINT;

-- name: lock_migrations
-- One process migrates at a time; the others wait and then find nothing to do.
SELECT pg_advisory_xact_lock(hashtext('iot_personal_hub.migrate'));

-- name: hub_relations
-- The hub's tables and views; views first, as whoever reads a view locks it before its tables.
SELECT relation.relnamespace::regnamespace::text AS schema, relation.relname AS name
FROM pg_class AS relation
WHERE relation.relnamespace::regnamespace::text IN ('iot_personal_hub', 'iot_hub_owner', 'iot_hub_public', 'iot_hub_shared')
  AND relation.relkind IN ('r', 'p', 'v')
  -- A partition is locked with its table.
  AND NOT relation.relispartition
  -- Not what an extension or the owner of the database made.
  AND pg_has_role(relation.relowner, 'USAGE')
ORDER BY relation.relkind = 'v' DESC, schema DESC, name;

-- name: limit_lock_attempt
-- Half of deadlock_timeout at most: a statement that began to wait for this transaction is served before it looks for
-- a deadlock.
SELECT set_config('statement_timeout', least(%(milliseconds)s, deadlock.setting::integer / 2)::text, true)
FROM pg_settings AS deadlock
WHERE deadlock.name = 'deadlock_timeout';

-- name: users_of_hub_relations
-- Who holds a lock of a table or view of the hub: a row for each of their connections, the oldest transaction first.
SELECT coalesce(nullif(activity.application_name, ''), 'a program') || ' (process ' || activity.pid || ')' AS program
FROM pg_stat_activity AS activity
WHERE activity.pid <> pg_backend_pid()
  AND activity.pid IN (
      SELECT lock.pid
      FROM pg_locks AS lock
          JOIN pg_class AS relation ON relation.oid = lock.relation
      WHERE lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation.relnamespace::regnamespace::text IN
            ('iot_personal_hub', 'iot_hub_owner', 'iot_hub_public', 'iot_hub_shared')
  )
ORDER BY activity.xact_start;

-- name: migration_state
-- One row, of any database: whether a hub has migrated it, whether it notes the hub's version (since 1.1), and whether
-- it is one of the first beta.
SELECT
    to_regclass('public.iot_hub_migrations') IS NOT NULL AS was_migrated,
    to_regclass('public.iot_hub_release') IS NOT NULL AS has_release,
    to_regclass('public.iot_hub_migrations') IS NULL
        AND to_regclass('iot_personal_hub.raw_devices_properties') IS NOT NULL AS has_first_beta;

-- name: create_migration_table
CREATE TABLE IF NOT EXISTS public.iot_hub_migrations (
    name       text NOT NULL,
    digest     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT iot_hub_migrations_pkey PRIMARY KEY (name)
);

-- name: create_release_table
CREATE TABLE IF NOT EXISTS public.iot_hub_release (
    only_row      boolean NOT NULL DEFAULT true,
    version       text NOT NULL,
    least_version text NOT NULL,
    noted_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT iot_hub_release_pkey PRIMARY KEY (only_row),
    CONSTRAINT iot_hub_release_has_one_row CHECK (only_row)
);

-- name: release
-- One row, or none before the first migration is done: the newest hub that has been here, and the
-- oldest that works on what it left.
SELECT release.version, release.least_version
FROM public.iot_hub_release AS release;

-- name: note_release
INSERT INTO public.iot_hub_release AS release (version, least_version)
VALUES (%(version)s, %(least_version)s)
ON CONFLICT (only_row) DO UPDATE SET
    version = excluded.version,
    least_version = excluded.least_version,
    noted_at = now()
WHERE (release.version, release.least_version) <> (excluded.version, excluded.least_version);

-- name: applied_migrations
SELECT applied.name, applied.digest
FROM public.iot_hub_migrations AS applied
WHERE applied.name <> 'repeatable';

-- name: repeatable_digest
SELECT applied.digest
FROM public.iot_hub_migrations AS applied
WHERE applied.name = 'repeatable';

-- name: note_migration
INSERT INTO public.iot_hub_migrations (name, digest) VALUES (%(name)s, %(digest)s);

-- name: note_repeatable
INSERT INTO public.iot_hub_migrations AS applied (name, digest) VALUES ('repeatable', %(digest)s)
ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, applied_at = now();

-- name: adopt_first_beta
SELECT adopted.events, adopted.duplicates, adopted.quarantined
FROM iot_personal_hub.adopt_first_beta() AS adopted;

-- name: set_setting
INSERT INTO iot_personal_hub.hub_settings AS setting (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
WHERE setting.value <> excluded.value;
