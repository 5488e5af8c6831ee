-- name: set_retention_rule
INSERT INTO iot_personal_hub.retention_rules AS rule (device_id, family, days)
VALUES (%(device_id)s, %(family)s, %(days)s)
ON CONFLICT ON CONSTRAINT retention_rules_scope_key DO UPDATE SET days = excluded.days;

-- name: remove_retention_rule
DELETE FROM iot_personal_hub.retention_rules AS rule
WHERE rule.device_id IS NOT DISTINCT FROM %(device_id)s
  AND rule.family IS NOT DISTINCT FROM %(family)s;

-- name: list_retention_rules
-- The rules, general ones first.
SELECT rule.device_id, device.name AS device, rule.family, rule.days
FROM iot_personal_hub.retention_rules AS rule
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = rule.device_id
ORDER BY rule.device_id NULLS FIRST, rule.family NULLS FIRST;

-- name: archived_retention_rules
SELECT to_jsonb(rule)::text AS archived
FROM iot_personal_hub.retention_rules AS rule
ORDER BY rule.device_id, rule.family;

-- name: restore_retention_rules
INSERT INTO iot_personal_hub.retention_rules AS rule (device_id, family, days)
SELECT archived.device_id, archived.family, archived.days
FROM jsonb_populate_recordset(NULL::iot_personal_hub.retention_rules, %(rows)s::jsonb) AS archived
ON CONFLICT ON CONSTRAINT retention_rules_scope_key DO UPDATE SET days = excluded.days;

-- name: days_due
-- The days (UTC) of devices with events that the rules let go today, with what the archive holds
-- of each. Two days of each device stay whatever the rules say: the one of its newest event, and
-- the one of its newest published event, from which outputs tell when it was last seen.
WITH stored AS (
    SELECT
        raw.device_id,
        (raw.device_time AT TIME ZONE 'UTC')::date AS date,
        iot_personal_hub.families_of(raw.properties) AS families,
        count(*) AS events,
        sum(pg_column_size(raw)) AS bytes
    FROM iot_personal_hub.raw_devices_properties AS raw
    WHERE raw.device_time < (
        SELECT (%(today)s::date - min(rule.days))::timestamp AT TIME ZONE 'UTC'
        FROM iot_personal_hub.retention_rules AS rule)
    GROUP BY raw.device_id, (raw.device_time AT TIME ZONE 'UTC')::date,
             iot_personal_hub.families_of(raw.properties)
),
-- A step of its own, or the planner would ask the rules for every event, not for every mix.
ruled AS MATERIALIZED (
    SELECT
        mix.device_id,
        mix.families,
        iot_personal_hub.retention_days(mix.device_id, mix.families) AS days
    FROM (SELECT DISTINCT stored.device_id, stored.families FROM stored) AS mix
),
days AS (
    SELECT
        stored.device_id,
        stored.date,
        sum(stored.events)::bigint AS kept,
        sum(stored.events) FILTER (WHERE stored.date < %(today)s::date - ruled.days)::bigint AS events,
        sum(stored.bytes) FILTER (WHERE stored.date < %(today)s::date - ruled.days)::bigint AS bytes
    FROM stored
    JOIN ruled ON ruled.device_id = stored.device_id AND ruled.families = stored.families
    GROUP BY stored.device_id, stored.date
),
newest AS (
    SELECT
        device.device_id,
        (SELECT (max(raw.device_time) AT TIME ZONE 'UTC')::date
         FROM iot_personal_hub.raw_devices_properties AS raw
         WHERE raw.device_id = device.device_id) AS date,
        (SELECT (max(event.device_time) AT TIME ZONE 'UTC')::date
         FROM iot_personal_hub.shown_events AS event
         WHERE event.device_id = device.device_id) AS published
    FROM (SELECT DISTINCT days.device_id FROM days) AS device
),
archived AS (
    SELECT object.device_id, object.date, sum(object.events)::bigint AS events
    FROM iot_personal_hub.archive_objects AS object
    GROUP BY object.device_id, object.date
)
SELECT
    days.device_id,
    days.date,
    days.events,
    days.bytes,
    coalesce(archived.events, 0) - coalesce(dropped.events, 0) - days.kept AS spare,
    EXISTS (
        SELECT
        FROM iot_personal_hub.stale_hours AS stale
        WHERE stale.device_id = days.device_id
          AND stale.date_hour >= days.date::timestamp AT TIME ZONE 'UTC'
          AND stale.date_hour < (days.date + 1)::timestamp AT TIME ZONE 'UTC') AS stale
FROM days
JOIN newest ON newest.device_id = days.device_id
LEFT JOIN archived ON archived.device_id = days.device_id AND archived.date = days.date
LEFT JOIN iot_personal_hub.dropped_days AS dropped
    ON dropped.device_id = days.device_id AND dropped.date = days.date
WHERE days.events > 0
  AND days.date <> newest.date
  AND days.date IS DISTINCT FROM newest.published
ORDER BY days.date, days.device_id;

-- name: lock_refresh
-- Until the transaction ends no refresh of the device goes on: the lock of refresh_window.
SELECT pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), %(device_id)s);

-- name: day_is_stale
-- One row: whether hours of a day wait for their roll-ups. One that is being refreshed does still.
SELECT EXISTS (
    SELECT
    FROM iot_personal_hub.stale_hours AS stale
    WHERE stale.device_id = %(device_id)s
      AND stale.date_hour >= %(date)s::date::timestamp AT TIME ZONE 'UTC'
      AND stale.date_hour < (%(date)s::date + 1)::timestamp AT TIME ZONE 'UTC') AS stale;

-- name: events_due
-- The keys of a day's events that the rules let go today; times in Unix microseconds.
WITH stored AS (
    SELECT raw.device_id, raw.device_time, raw.digest, iot_personal_hub.families_of(raw.properties) AS families
    FROM iot_personal_hub.raw_devices_properties AS raw
    WHERE raw.device_id = %(device_id)s
      AND raw.device_time >= %(date)s::date::timestamp AT TIME ZONE 'UTC'
      AND raw.device_time < (%(date)s::date + 1)::timestamp AT TIME ZONE 'UTC'
),
-- A step of its own, or the planner would ask the rules for every event, not for every mix.
ruled AS MATERIALIZED (
    SELECT mix.families, iot_personal_hub.retention_days(mix.device_id, mix.families) AS days
    FROM (SELECT DISTINCT stored.device_id, stored.families FROM stored) AS mix
)
SELECT (extract(epoch FROM stored.device_time) * 1000000)::bigint AS time, stored.digest
FROM stored
JOIN ruled ON ruled.families = stored.families
WHERE %(date)s::date < %(today)s::date - ruled.days;

-- name: delete_events
DELETE FROM iot_personal_hub.raw_devices_properties AS raw
USING ROWS FROM (unnest(%(times)s::bigint[]), unnest(%(digests)s::bytea[])) AS key (time, digest)
WHERE raw.device_id = %(device_id)s
  AND raw.device_time = to_timestamp(key.time / 1000000.0::double precision)
  AND raw.digest = key.digest
  -- The day again, so that only its partition is asked.
  AND raw.device_time >= %(date)s::date::timestamp AT TIME ZONE 'UTC'
  AND raw.device_time < (%(date)s::date + 1)::timestamp AT TIME ZONE 'UTC';

-- name: publish_day
-- Of a day whose events were dropped none stays published; its fixes and totals do.
SELECT iot_personal_hub.publish_window(
    %(device_id)s,
    %(date)s::date::timestamp AT TIME ZONE 'UTC',
    (%(date)s::date + 1)::timestamp AT TIME ZONE 'UTC');

-- name: dropped_day
-- One row where events of the day were dropped: how many, and their fingerprint.
SELECT dropped.events, dropped.fingerprint
FROM iot_personal_hub.dropped_days AS dropped
WHERE dropped.device_id = %(device_id)s AND dropped.date = %(date)s;

-- name: dropped_days
-- Every day of which events were dropped.
SELECT dropped.device_id, dropped.date, dropped.events, dropped.fingerprint
FROM iot_personal_hub.dropped_days AS dropped;

-- name: note_dropped_day
INSERT INTO iot_personal_hub.dropped_days AS dropped (device_id, date, events, fingerprint)
VALUES (%(device_id)s, %(date)s, %(events)s, %(fingerprint)s)
ON CONFLICT (device_id, date) DO UPDATE SET
    events = excluded.events,
    fingerprint = excluded.fingerprint,
    dropped_at = now();

-- name: delete_dropped_day
DELETE FROM iot_personal_hub.dropped_days AS dropped
WHERE dropped.device_id = %(device_id)s AND dropped.date = %(date)s;

-- name: past_partitions
-- The months (UTC) that are over and have a partition.
-- Materialized: else a plan may read the month of any relation's name before it looks whose partition it is.
WITH months AS MATERIALIZED (
    SELECT to_date(right(child.relname, 7), 'YYYY_MM') AS month
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent = 'iot_personal_hub.raw_devices_properties'::regclass
)
SELECT months.month::timestamp AT TIME ZONE 'UTC' AS month
FROM months
WHERE months.month + interval '1 month' <= %(today)s::date
ORDER BY months.month;

-- name: drop_empty_partition
SELECT iot_personal_hub.drop_empty_partition(%(month)s);

-- name: days_to_restore
-- The dropped days whose roll-ups have to be recomputed: a late event came, or a fix of theirs.
SELECT DISTINCT dropped.device_id, dropped.date
FROM iot_personal_hub.stale_hours AS stale
JOIN iot_personal_hub.dropped_days AS dropped
    ON dropped.device_id = stale.device_id
   AND dropped.date = (stale.date_hour AT TIME ZONE 'UTC')::date
ORDER BY dropped.date DESC, dropped.device_id;

-- name: any_day_to_restore
-- One row: whether a dropped day's roll-ups have to be recomputed.
SELECT EXISTS (
    SELECT
    FROM iot_personal_hub.stale_hours AS stale
    JOIN iot_personal_hub.dropped_days AS dropped
        ON dropped.device_id = stale.device_id
       AND dropped.date = (stale.date_hour AT TIME ZONE 'UTC')::date) AS waits;

-- name: doctor_dropped_days
-- One row: how many dropped days wait to be restored, and for how many seconds the oldest.
SELECT
    count(DISTINCT (dropped.device_id, dropped.date)) AS days,
    coalesce(date_part('epoch', now() - min(stale.marked_at)), 0) AS seconds
FROM iot_personal_hub.stale_hours AS stale
JOIN iot_personal_hub.dropped_days AS dropped
    ON dropped.device_id = stale.device_id
   AND dropped.date = (stale.date_hour AT TIME ZONE 'UTC')::date;

-- name: create_restored_events
-- Archived events pass through this table: COPY can't skip rows that exist already.
CREATE TEMPORARY TABLE restored_events ON COMMIT DROP AS
SELECT raw.device_id, raw.id, raw.device_time, raw.created_at_cest, raw.source, raw.digest, raw.duplicate_of,
       raw.properties
FROM iot_personal_hub.raw_devices_properties AS raw
WITH NO DATA;

-- name: copy_restored_events
COPY pg_temp.restored_events FROM STDIN (FORMAT csv);

-- name: restore_events
-- An event that was sent again meanwhile is the one that came first: its id is its place among those of its instant.
INSERT INTO iot_personal_hub.raw_devices_properties AS raw
    (device_id, id, device_time, created_at_cest, source, digest, duplicate_of, properties)
SELECT
    archived.device_id, archived.id, archived.device_time, archived.created_at_cest, archived.source,
    archived.digest, archived.duplicate_of, archived.properties
FROM pg_temp.restored_events AS archived
ON CONFLICT (device_id, device_time, digest) DO UPDATE SET
    id = excluded.id,
    created_at_cest = excluded.created_at_cest,
    source = excluded.source
WHERE excluded.id < raw.id;

-- name: newest_counted_day
-- The UTC day of the newest event of all devices; NULL where there is none.
SELECT (max(newest.date_hour) AT TIME ZONE 'UTC')::date AS newest
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL (
    SELECT max(hourly.date_hour) AS date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
    WHERE hourly.device_id = device.id
) AS newest;
