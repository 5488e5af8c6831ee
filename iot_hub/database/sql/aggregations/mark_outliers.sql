-- Flags the implausible fixes of a device between two instants:
--
--  accuracy: the fix says itself that it may be wrong by 5 km or more: a cell tower, an address.
--  speed: up to three fixes in a row which neither the one before nor the one after can be reached
--    from (is_out_of_reach()), while those two can reach each other: a network that moved house.
--  owner: its owner says that it is wrong (corrections). No other fix is judged by it.
--
-- What counts is the set of fixes and never their order of arrival; a late fix can change the mark of
-- three on either side of it. Affected hours outside the window are marked stale. Returns between which fixes
-- marks have changed.
-- Its parameters had other names until 1.1, which CREATE OR REPLACE does not change.
DROP FUNCTION IF EXISTS iot_personal_hub.mark_outliers(integer, timestamptz, timestamptz);

CREATE OR REPLACE FUNCTION iot_personal_hub.mark_outliers(
    p_device_id integer, p_since timestamptz, p_until timestamptz,
    OUT changed_since timestamptz, OUT changed_until timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    coarse_m CONSTANT double precision := 5000;
    -- Half the way around the Earth takes 15.4 hours at 360 m/s: fixes further apart are never out of reach.
    max_gap CONSTANT interval := '2 days';
    wrong CONSTANT tstzmultirange := (
        SELECT coalesce(range_agg(tstzrange(correction.since, correction.until)), '{}')
        FROM iot_personal_hub.corrections AS correction
        WHERE correction.device_id = p_device_id
          AND correction.kind = 'wrong_fixes'
          AND correction.source IS NULL
          AND correction.undone_at IS NULL);
    some_sources_are_wrong CONSTANT boolean := EXISTS (
        SELECT
        FROM iot_personal_hub.corrections AS correction
        WHERE correction.device_id = p_device_id
          AND correction.kind = 'wrong_fixes'
          AND correction.source IS NOT NULL
          AND correction.undone_at IS NULL);
    times timestamptz[];
    latitudes double precision[];
    longitudes double precision[];
    verdicts text[];
BEGIN
    WITH considered AS (
        SELECT
            fix.location_time, fix.latitude, fix.longitude, fix.uncertainty_m, fix.outlier,
            fix.location_time <@ wrong
                OR some_sources_are_wrong
                AND iot_personal_hub.is_marked_wrong(
                    p_device_id, fix.location_time, fix.first_reported, fix.event_digest) AS is_wrong
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time >= p_since
          AND fix.location_time < p_until
        UNION ALL
        -- Three whose marks may change, and three as their context.
        (SELECT fix.location_time, fix.latitude, fix.longitude, fix.uncertainty_m, fix.outlier, false
         FROM iot_personal_hub.locations AS fix
         WHERE fix.device_id = p_device_id
           AND fix.location_time < p_since
           AND fix.location_time >= p_since - max_gap
           AND fix.uncertainty_m < coarse_m
           AND NOT fix.location_time <@ wrong
           AND NOT (some_sources_are_wrong AND iot_personal_hub.is_marked_wrong(
               p_device_id, fix.location_time, fix.first_reported, fix.event_digest))
         ORDER BY fix.location_time DESC, fix.latitude DESC, fix.longitude DESC
         LIMIT 6)
        UNION ALL
        (SELECT fix.location_time, fix.latitude, fix.longitude, fix.uncertainty_m, fix.outlier, false
         FROM iot_personal_hub.locations AS fix
         WHERE fix.device_id = p_device_id
           AND fix.location_time >= p_until
           AND fix.location_time < p_until + max_gap
           AND fix.uncertainty_m < coarse_m
           AND NOT fix.location_time <@ wrong
           AND NOT (some_sources_are_wrong AND iot_personal_hub.is_marked_wrong(
               p_device_id, fix.location_time, fix.first_reported, fix.event_digest))
         ORDER BY fix.location_time, fix.latitude, fix.longitude
         LIMIT 6)
    ),
    ranked AS (
        SELECT
            considered.*,
            row_number() OVER by_time AS rank,
            count(*) FILTER (WHERE considered.location_time < p_since) OVER () AS ranks_before,
            count(*) FILTER (WHERE considered.location_time < p_until) OVER () AS ranks_until,
            iot_personal_hub.is_out_of_reach(
                considered.latitude, considered.longitude, considered.uncertainty_m, considered.location_time,
                lead(considered.latitude) OVER by_time, lead(considered.longitude) OVER by_time,
                lead(considered.uncertainty_m) OVER by_time, lead(considered.location_time) OVER by_time) AS jumps
        FROM considered
        WHERE considered.uncertainty_m < coarse_m AND NOT considered.is_wrong
        WINDOW by_time AS (ORDER BY considered.location_time, considered.latitude, considered.longitude)
    ),
    -- Nearly always none: only fixes around a jump are looked at more closely.
    jumps AS (
        SELECT ranked.rank FROM ranked WHERE ranked.jumps
    ),
    doubtful AS (
        SELECT DISTINCT ranked.*
        FROM jumps
        JOIN ranked ON ranked.rank BETWEEN jumps.rank - 2 AND jumps.rank + 3
    ),
    impossible AS (
        SELECT DISTINCT doubtful.rank
        FROM doubtful
        JOIN ranked AS earlier ON earlier.rank BETWEEN doubtful.rank - 3 AND doubtful.rank - 1
        JOIN ranked AS later ON later.rank BETWEEN doubtful.rank + 1 AND earlier.rank + 4
        WHERE iot_personal_hub.is_out_of_reach(
                earlier.latitude, earlier.longitude, earlier.uncertainty_m, earlier.location_time,
                doubtful.latitude, doubtful.longitude, doubtful.uncertainty_m, doubtful.location_time)
          AND iot_personal_hub.is_out_of_reach(
                doubtful.latitude, doubtful.longitude, doubtful.uncertainty_m, doubtful.location_time,
                later.latitude, later.longitude, later.uncertainty_m, later.location_time)
          AND NOT iot_personal_hub.is_out_of_reach(
                earlier.latitude, earlier.longitude, earlier.uncertainty_m, earlier.location_time,
                later.latitude, later.longitude, later.uncertainty_m, later.location_time)
    ),
    judged AS (
        SELECT
            ranked.location_time, ranked.latitude, ranked.longitude, ranked.outlier,
            CASE WHEN ranked.rank IN (SELECT impossible.rank FROM impossible) THEN 'speed' END AS verdict
        FROM ranked
        -- The outermost three are context alone.
        WHERE ranked.rank BETWEEN ranked.ranks_before - 2 AND ranked.ranks_until + 3
        UNION ALL
        SELECT
            considered.location_time, considered.latitude, considered.longitude, considered.outlier,
            CASE WHEN considered.is_wrong THEN 'owner' ELSE 'accuracy' END
        FROM considered
        WHERE considered.uncertainty_m >= coarse_m OR considered.is_wrong
    )
    -- Apart from the update: nearly always nothing changes, and a join would read all fixes of the device for it.
    SELECT
        array_agg(judged.location_time),
        array_agg(judged.latitude),
        array_agg(judged.longitude),
        array_agg(judged.verdict)
    INTO times, latitudes, longitudes, verdicts
    FROM judged
    WHERE judged.outlier IS DISTINCT FROM judged.verdict;

    IF times IS NULL THEN
        RETURN;
    END IF;

    UPDATE iot_personal_hub.locations AS fix
    SET outlier = change.verdict
    FROM ROWS FROM (unnest(times), unnest(latitudes), unnest(longitudes), unnest(verdicts))
        AS change (location_time, latitude, longitude, verdict)
    WHERE fix.device_id = p_device_id
      AND fix.location_time >= p_since - max_gap
      AND fix.location_time < p_until + max_gap
      AND fix.location_time = change.location_time
      AND fix.latitude = change.latitude
      AND fix.longitude = change.longitude;

    SELECT min(change.location_time), max(change.location_time)
    INTO changed_since, changed_until
    FROM unnest(times) AS change (location_time);

    INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
    SELECT DISTINCT p_device_id, date_trunc('hour', change.location_time, 'UTC')
    FROM unnest(times) AS change (location_time)
    WHERE change.location_time < p_since OR change.location_time >= p_until;
END
$$;
