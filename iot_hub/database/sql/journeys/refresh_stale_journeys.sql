-- Claims changes of fixes, newest first, derives the journeys that they concern, and returns how many marks it deleted
-- (0: nothing is stale). Changes of a device less than a day apart are one. Live ones of a device are gathered until
-- the first is as old as given: a tracker that sends each second would have its day derived each second.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_stale_journeys(
    max_marks integer DEFAULT 5, gathered interval DEFAULT '0')
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    devices integer[];
    sinces  timestamptz[];
    untils  timestamptz[];
    change  record;
BEGIN
    WITH next AS (
        SELECT stale.device_id, stale.since, stale.id
        FROM iot_personal_hub.stale_journeys AS stale
        WHERE stale.device_id IN (
            SELECT waiting.device_id
            FROM iot_personal_hub.stale_journeys AS waiting
            WHERE waiting.marked_at <= now() - gathered
               -- A history is no stream: whoever imports one, or starts a demo, wants to see it.
               OR waiting.since < now() - interval '1 hour')
        ORDER BY stale.since DESC
        LIMIT max_marks
        FOR UPDATE OF stale SKIP LOCKED
    ),
    claimed AS (
        DELETE FROM iot_personal_hub.stale_journeys AS stale
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
        SELECT joined.device_id, lower(joined.stretch) AS since, upper(joined.stretch) - interval '1 day' AS until
        FROM (
            SELECT claimed.device_id, unnest(range_agg(tstzrange(claimed.since, claimed.until + interval '1 day', '[]'))) AS stretch
            FROM ROWS FROM (unnest(devices), unnest(sinces), unnest(untils)) AS claimed (device_id, since, until)
            GROUP BY claimed.device_id
        ) AS joined
        ORDER BY joined.device_id, joined.stretch
    LOOP
        PERFORM iot_personal_hub.refresh_journeys(change.device_id, change.since, change.until);
    END LOOP;
    RETURN coalesce(cardinality(devices), 0);
END
$$;
