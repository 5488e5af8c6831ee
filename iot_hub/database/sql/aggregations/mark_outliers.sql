-- Marks the fixes between two instants that tell nothing true of where a device was:
--
--  accuracy: the fix says itself that it may be wrong by 5 km or more: a cell tower, an address.
--  speed: up to three fixes in a row which neither the one before nor the one after can be reached
--    from (is_out_of_reach()), while those two can reach each other: a network that moved house.
--
-- What counts is the set of fixes and never their order of arrival; a late fix can change the mark of
-- three on either side of it. Those outside the window have their hours made anew. Returns from when to
-- when marks have changed.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_outliers(
    the_device integer, window_start timestamptz, window_end timestamptz,
    OUT changed_start timestamptz, OUT changed_end timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    coarse_m CONSTANT double precision := 5000;
    -- Half the way around the Earth takes 15.4 hours at 360 m/s: fixes further apart are never out of reach.
    furthest CONSTANT interval := '2 days';
    times timestamptz[];
    latitudes double precision[];
    longitudes double precision[];
    verdicts text[];
BEGIN
    WITH considered AS (
        SELECT fix.location_time, fix.latitude, fix.longitude, fix.uncertainty_m, fix.outlier
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = the_device
          AND fix.location_time >= window_start
          AND fix.location_time < window_end
        UNION ALL
        -- Three whose marks may change, and three that these are judged by.
        (SELECT fix.location_time, fix.latitude, fix.longitude, fix.uncertainty_m, fix.outlier
         FROM iot_personal_hub.locations AS fix
         WHERE fix.device_id = the_device
           AND fix.location_time < window_start
           AND fix.location_time >= window_start - furthest
           AND fix.uncertainty_m < coarse_m
         ORDER BY fix.location_time DESC, fix.latitude DESC, fix.longitude DESC
         LIMIT 6)
        UNION ALL
        (SELECT fix.location_time, fix.latitude, fix.longitude, fix.uncertainty_m, fix.outlier
         FROM iot_personal_hub.locations AS fix
         WHERE fix.device_id = the_device
           AND fix.location_time >= window_end
           AND fix.location_time < window_end + furthest
           AND fix.uncertainty_m < coarse_m
         ORDER BY fix.location_time, fix.latitude, fix.longitude
         LIMIT 6)
    ),
    placed AS (
        SELECT
            considered.*,
            row_number() OVER by_time AS place,
            count(*) FILTER (WHERE considered.location_time < window_start) OVER () AS places_before,
            count(*) FILTER (WHERE considered.location_time < window_end) OVER () AS places_until,
            iot_personal_hub.is_out_of_reach(
                considered.latitude, considered.longitude, considered.uncertainty_m, considered.location_time,
                lead(considered.latitude) OVER by_time, lead(considered.longitude) OVER by_time,
                lead(considered.uncertainty_m) OVER by_time, lead(considered.location_time) OVER by_time) AS jumps
        FROM considered
        WHERE considered.uncertainty_m < coarse_m
        WINDOW by_time AS (ORDER BY considered.location_time, considered.latitude, considered.longitude)
    ),
    -- Nearly always none: only fixes around a jump are looked at more closely.
    jumps AS (
        SELECT placed.place FROM placed WHERE placed.jumps
    ),
    doubtful AS (
        SELECT DISTINCT placed.*
        FROM jumps
        JOIN placed ON placed.place BETWEEN jumps.place - 2 AND jumps.place + 3
    ),
    impossible AS (
        SELECT DISTINCT doubtful.place
        FROM doubtful
        JOIN placed AS earlier ON earlier.place BETWEEN doubtful.place - 3 AND doubtful.place - 1
        JOIN placed AS later ON later.place BETWEEN doubtful.place + 1 AND earlier.place + 4
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
            placed.location_time, placed.latitude, placed.longitude, placed.outlier,
            CASE WHEN placed.place IN (SELECT impossible.place FROM impossible) THEN 'speed' END AS verdict
        FROM placed
        -- The outermost three were only judged by.
        WHERE placed.place BETWEEN placed.places_before - 2 AND placed.places_until + 3
        UNION ALL
        SELECT considered.location_time, considered.latitude, considered.longitude, considered.outlier, 'accuracy'
        FROM considered
        WHERE considered.uncertainty_m >= coarse_m
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
    WHERE fix.device_id = the_device
      AND fix.location_time >= window_start - furthest
      AND fix.location_time < window_end + furthest
      AND fix.location_time = change.location_time
      AND fix.latitude = change.latitude
      AND fix.longitude = change.longitude;

    SELECT min(change.location_time), max(change.location_time)
    INTO changed_start, changed_end
    FROM unnest(times) AS change (location_time);

    INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
    SELECT DISTINCT the_device, date_trunc('hour', change.location_time, 'UTC')
    FROM unnest(times) AS change (location_time)
    WHERE change.location_time < window_start OR change.location_time >= window_end;
END
$$;
