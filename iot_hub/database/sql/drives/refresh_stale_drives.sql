-- Claims changes of cars' readings, newest first, derives the drives and charges that they concern, and returns how many
-- marks it deleted (0: nothing is stale). At once are claimed changes of a quarter of a year in all, or a single one. Those
-- of a car less than a day apart are one. Live ones are gathered until the first is as old as given: a car that sends each
-- second would have its drive derived each second.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_stale_drives(
    max_marks integer DEFAULT 500, gathered interval DEFAULT '0')
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    -- A migration and a setting leave a mark for a month.
    at_once CONSTANT interval := '92 days';
    apart   CONSTANT interval := '6 hours';
    devices integer[];
    sinces  timestamptz[];
    untils  timestamptz[];
    change  record;
BEGIN
    WITH waiting AS MATERIALIZED (
        SELECT stale.device_id, stale.since, stale.until, stale.id
        FROM iot_personal_hub.stale_drives AS stale
        WHERE stale.device_id IN (
            SELECT due.device_id
            FROM iot_personal_hub.stale_drives AS due
            WHERE due.marked_at <= now() - gathered
               -- A history is no stream: whoever imports one wants to see it.
               OR due.since < now() - interval '1 hour')
        ORDER BY stale.since DESC
        LIMIT max_marks
        FOR UPDATE OF stale SKIP LOCKED
    ),
    summed AS (
        SELECT
            waiting.*,
            row_number() OVER newest_first AS n,
            sum(waiting.until - waiting.since) OVER newest_first AS lasts
        FROM waiting
        WINDOW newest_first AS (ORDER BY waiting.since DESC, waiting.id ROWS UNBOUNDED PRECEDING)
    ),
    next AS (
        SELECT summed.* FROM summed WHERE summed.n = 1 OR summed.lasts <= at_once
    ),
    claimed AS (
        DELETE FROM iot_personal_hub.stale_drives AS stale
        USING next
        WHERE stale.device_id = next.device_id
          AND stale.since = next.since
          AND stale.id = next.id
        RETURNING stale.device_id, stale.since, stale.until
    )
    SELECT array_agg(claimed.device_id), array_agg(claimed.since), array_agg(claimed.until)
    INTO devices, sinces, untils
    FROM claimed;

    FOR change IN
        SELECT joined.device_id, lower(joined.stretch) AS since, upper(joined.stretch) - apart AS until
        FROM (
            SELECT claimed.device_id, unnest(range_agg(tstzrange(claimed.since, claimed.until + apart, '[]'))) AS stretch
            FROM ROWS FROM (unnest(devices), unnest(sinces), unnest(untils)) AS claimed (device_id, since, until)
            GROUP BY claimed.device_id
        ) AS joined
        ORDER BY joined.device_id, joined.stretch
    LOOP
        PERFORM iot_personal_hub.refresh_drives(change.device_id, change.since, change.until);
    END LOOP;
    RETURN coalesce(cardinality(devices), 0);
END
$$;
