-- The intervals in which nothing of a device may be published, between two instants that are themselves in none (or
-- infinite). Outliers inside a zone count as stays; others are ignored.
--
--  1. A stay: from the first to the last fix in a zone between two fixes outside, padded by 2 to 8 minutes at either
--     end. How much is secret, and fixed for the stay.
--  2. What leads there and back: fixes up to an hour before and after, as long as the device is near the zone (within
--     twice its radius), heads straight into it, or comes straight out of it. Walks start on the side of the zone that
--     is nearest to the place inside: shown from the zone's border on, they would reveal which side that is.
--  3. What came between the last fix outside and the stay, and between the stay and the next fix outside: the device
--     may have been inside. Before the first fix outside and after the last one, everything.
--  4. An interval is extended by the error of the device's clock: backwards where the clock is behind that of its GPS,
--     so that fixes are reported before they were taken, forwards where it is ahead. What is measured besides a
--     position has the device's time only.
--  5. A private fix masks the time between it and its first report, up to a day; and as long as a device goes on
--     reporting it, however old it is, the device counts as being there.
--  6. Intervals less than 10 minutes apart are merged.
--  7. What would be shown for less than 15 minutes between an interval and a time without fixes is masked, too: a short
--     appearance reveals that the absence before it is another one than that after it, and so how long each lasts.
DROP FUNCTION IF EXISTS iot_personal_hub.private_spans_between(integer, timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION iot_personal_hub.private_spans_between(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (starts timestamptz, ends timestamptz)
-- Not SQL: that would be planned at each call, which takes longer than running it.
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH outside AS (
        SELECT
            location.location_time AS at,
            greatest(location.location_time, location.first_reported) AS reported_at,
            lead(location.location_time, 1, 'infinity') OVER (
                ORDER BY location.location_time, location.latitude, location.longitude) AS next_at
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = p_device_id
          AND NOT location.private AND location.outlier IS NULL
          AND location.location_time BETWEEN p_since AND p_until
    ),
    -- From each fix outside to the next one; from the beginning and to the end, where there is none.
    gaps AS (
        SELECT outside.at AS left_at, outside.reported_at AS left_reported_at, outside.next_at AS right_at
        FROM outside
        WHERE outside.next_at < 'infinity' OR p_until = 'infinity'
        UNION ALL
        SELECT '-infinity', '-infinity', coalesce(min(outside.at), 'infinity')
        FROM outside
        HAVING p_since = '-infinity'
    ),
    stays AS (
        SELECT
            gaps.left_at,
            gaps.left_reported_at,
            gaps.right_at,
            entry.location_time AS entered,
            entry.latitude AS entry_latitude,
            entry.longitude AS entry_longitude,
            exit.location_time AS exited,
            exit.latitude AS exit_latitude,
            exit.longitude AS exit_longitude,
            zone.zone_latitude,
            zone.zone_longitude,
            zone.zone_radius_m,
            entry.location_time
                - iot_personal_hub.stay_padding(p_device_id, entry.location_time, 'entry') AS padded_entry,
            exit.location_time + iot_personal_hub.stay_padding(p_device_id, exit.location_time, 'exit') AS padded_exit
        FROM gaps
        CROSS JOIN LATERAL (
            SELECT location.location_time, location.latitude, location.longitude, location.uncertainty_m
            FROM iot_personal_hub.locations AS location
            WHERE location.device_id = p_device_id
              AND location.private
              AND location.location_time BETWEEN gaps.left_at AND gaps.right_at
            ORDER BY location.location_time, location.latitude, location.longitude
            LIMIT 1
        ) AS entry
        CROSS JOIN LATERAL (
            SELECT location.location_time, location.latitude, location.longitude
            FROM iot_personal_hub.locations AS location
            WHERE location.device_id = p_device_id
              AND location.private
              AND location.location_time BETWEEN gaps.left_at AND gaps.right_at
            ORDER BY location.location_time DESC, location.latitude DESC, location.longitude DESC
            LIMIT 1
        ) AS exit
        LEFT JOIN LATERAL (
            SELECT area.zone_latitude, area.zone_longitude, area.zone_radius_m
            FROM iot_personal_hub.areas_containing(
                entry.latitude, entry.longitude, entry.uncertainty_m) AS containing (id)
            JOIN iot_personal_hub.dim_blocked_areas AS area ON area.id = containing.id
            ORDER BY area.id
            LIMIT 1
        ) AS zone ON true
    ),
    padded_stays AS (
        SELECT
            stays.entered,
            stays.exited,
            least(stays.padded_entry, approach.starts, unknown_before.starts) AS starts,
            greatest(stays.padded_exit, departure.ends, unknown_after.ends) AS ends
        FROM stays
        CROSS JOIN LATERAL (
            SELECT min(way.at) AS starts
            FROM (
                -- How many fixes from here to the entry are neither near the zone nor head into it.
                SELECT
                    fix.at,
                    count(*) FILTER (WHERE (
                        iot_personal_hub.is_around(
                            fix.latitude, fix.longitude,
                            stays.zone_latitude, stays.zone_longitude, 2 * stays.zone_radius_m)
                        OR iot_personal_hub.bearing_hits_zone(
                            fix.latitude, fix.longitude, fix.next_latitude, fix.next_longitude,
                            stays.zone_latitude, stays.zone_longitude, stays.zone_radius_m)
                    ) IS NOT TRUE) OVER (ORDER BY fix.at DESC) AS turns
                FROM (
                    SELECT
                        location.location_time AS at, location.latitude, location.longitude,
                        lead(location.latitude, 1, stays.entry_latitude) OVER by_time AS next_latitude,
                        lead(location.longitude, 1, stays.entry_longitude) OVER by_time AS next_longitude
                    FROM iot_personal_hub.locations AS location
                    WHERE location.device_id = p_device_id
                      AND NOT location.private AND location.outlier IS NULL
                      AND location.location_time >= stays.entered - interval '1 hour'
                      AND location.location_time < stays.entered
                    WINDOW by_time AS (ORDER BY location.location_time, location.latitude, location.longitude)
                ) AS fix
                WHERE fix.at < stays.padded_entry
            ) AS way
            WHERE way.turns = 0
        ) AS approach
        CROSS JOIN LATERAL (
            SELECT max(way.at) AS ends
            FROM (
                SELECT
                    fix.at,
                    count(*) FILTER (WHERE (
                        iot_personal_hub.is_around(
                            fix.latitude, fix.longitude,
                            stays.zone_latitude, stays.zone_longitude, 2 * stays.zone_radius_m)
                        OR iot_personal_hub.bearing_hits_zone(
                            fix.latitude, fix.longitude, fix.last_latitude, fix.last_longitude,
                            stays.zone_latitude, stays.zone_longitude, stays.zone_radius_m)
                    ) IS NOT TRUE) OVER (ORDER BY fix.at) AS turns
                FROM (
                    SELECT
                        location.location_time AS at, location.latitude, location.longitude,
                        lag(location.latitude, 1, stays.exit_latitude) OVER by_time AS last_latitude,
                        lag(location.longitude, 1, stays.exit_longitude) OVER by_time AS last_longitude
                    FROM iot_personal_hub.locations AS location
                    WHERE location.device_id = p_device_id
                      AND NOT location.private AND location.outlier IS NULL
                      AND location.location_time > stays.exited
                      AND location.location_time <= stays.exited + interval '1 hour'
                    WINDOW by_time AS (ORDER BY location.location_time, location.latitude, location.longitude)
                ) AS fix
                WHERE fix.at > stays.padded_exit
            ) AS way
            WHERE way.turns = 0
        ) AS departure
        -- Not just everything after the fix outside: an hour of which nothing is hidden keeps its totals.
        -- The counted hours know when there were events, also on days that retention has dropped.
        CROSS JOIN LATERAL (
            SELECT CASE WHEN stays.left_at = '-infinity' THEN stays.left_at ELSE (
                SELECT greatest(coalesce(hourly.first_event_at, hourly.date_hour),
                                stays.left_reported_at + interval '1 microsecond')
                FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
                WHERE hourly.device_id = p_device_id
                  AND hourly.date_hour >= date_trunc('hour', stays.left_reported_at, 'UTC')
                  AND hourly.date_hour < stays.entered
                  AND coalesce(hourly.last_event_at, 'infinity') > stays.left_reported_at
                ORDER BY hourly.date_hour
                LIMIT 1) END AS starts
        ) AS unknown_before
        CROSS JOIN LATERAL (
            SELECT CASE WHEN stays.right_at = 'infinity' THEN stays.right_at ELSE (
                SELECT least(coalesce(hourly.last_event_at, hourly.date_hour + interval '1 hour'),
                             stays.right_at - interval '1 microsecond')
                FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
                WHERE hourly.device_id = p_device_id
                  AND hourly.date_hour >= date_trunc('hour', stays.exited, 'UTC')
                  AND hourly.date_hour < stays.right_at
                  AND coalesce(hourly.first_event_at, '-infinity') < stays.right_at
                ORDER BY hourly.date_hour DESC
                LIMIT 1) END AS ends
        ) AS unknown_after
    ),
    hidden AS (
        SELECT
            padded_stays.starts - coalesce(clock_behind.seconds, interval '0') AS starts,
            padded_stays.ends + coalesce(clock_ahead.seconds, interval '0') AS ends
        FROM padded_stays
        CROSS JOIN LATERAL (
            SELECT max(fix.location_time - fix.first_reported) AS seconds
            FROM iot_personal_hub.locations AS fix
            WHERE fix.device_id = p_device_id
              AND fix.location_time >= greatest(padded_stays.starts, padded_stays.entered - interval '1 hour')
              AND fix.location_time <= padded_stays.entered
              AND fix.location_time - fix.first_reported > interval '1 minute'
        ) AS clock_behind
        CROSS JOIN LATERAL (
            SELECT max(fix.first_reported - fix.location_time) AS seconds
            FROM iot_personal_hub.locations AS fix
            WHERE fix.device_id = p_device_id
              AND fix.location_time >= padded_stays.exited
              AND fix.location_time <= least(padded_stays.ends, padded_stays.exited + interval '1 hour')
              AND fix.first_reported - fix.location_time > interval '1 minute'
              AND fix.first_reported - fix.location_time <= interval '1 day'
        ) AS clock_ahead
        UNION ALL
        SELECT
            least(fix.first_reported, CASE
                WHEN fix.first_reported - fix.location_time <= interval '1 day' THEN fix.location_time END),
            greatest(fix.last_reported, CASE
                WHEN fix.location_time > fix.first_reported THEN fix.location_time END)
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.private
          AND (fix.last_reported - fix.location_time > interval '1 minute'
               OR fix.location_time - fix.first_reported > interval '1 minute')
          -- Any of its times is in the window; a fix is taken a day after its report at most.
          AND (fix.location_time BETWEEN p_since AND p_until
               OR fix.last_reported BETWEEN p_since AND p_until
               OR fix.location_time BETWEEN p_until AND p_until + interval '1 day' AND fix.first_reported <= p_until)
    ),
    joined AS (
        SELECT lower(stretch.hidden) AS starts, upper(stretch.hidden) - interval '10 minutes' AS ends
        FROM (
            SELECT unnest(range_agg(tstzrange(hidden.starts, hidden.ends + interval '10 minutes', '[]')))
            FROM hidden
        ) AS stretch (hidden)
    ),
    neighbours AS (
        SELECT
            joined.starts,
            joined.ends,
            lag(joined.ends) OVER by_time AS last_ends,
            lead(joined.starts) OVER by_time AS next_starts
        FROM joined
        WINDOW by_time AS (ORDER BY joined.starts)
    ),
    lengthened AS (
        SELECT
            least(
                neighbours.starts,
                iot_personal_hub.appearance_begins(p_device_id, neighbours.last_ends, neighbours.starts)) AS starts,
            greatest(
                neighbours.ends,
                iot_personal_hub.appearance_ends(p_device_id, neighbours.ends, neighbours.next_starts)) AS ends
        FROM neighbours
    )
    SELECT lower(stretch.hidden), upper(stretch.hidden) - interval '10 minutes'
    FROM (
        SELECT unnest(range_agg(tstzrange(lengthened.starts, lengthened.ends + interval '10 minutes', '[]')))
        FROM lengthened
    ) AS stretch (hidden);
END
$$;
