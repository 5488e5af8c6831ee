-- The stretches of time of which nothing of a device may be published, between two instants that
-- are themselves outside of any (or infinite). An outlier in a zone is as good as a visit; elsewhere it is nothing.
--
--  1. A visit: from the first to the last fix in a zone between two fixes outside, made longer
--     by 2 to 8 minutes at either end. How much is secret, and fixed for the visit.
--  2. What only leads there: fixes up to an hour before and after, as long as the device is around
--     the zone (within twice its radius), heads straight into it, or comes straight out of it.
--     Walks begin on the side of the zone that is nearest to the door: shown from the zone's border
--     on, they would tell which side that is.
--  3. What came between the last fix outside and the visit, and between the visit and the next
--     fix outside: the device may have been inside. Before the first fix outside and after the last, all.
--  4. A stretch reaches as far as the clock of the device is wrong there: back where it is behind that of its GPS, so
--     that fixes are reported before they were taken, and on where it is ahead. What is measured besides a position has
--     the device's time alone.
--  5. A fix in a zone hides what is between it and its first report, up to a day: and while a device goes on reporting
--     it, however old, it is taken for there.
--  6. Stretches less than 10 minutes apart are one.
--  7. What would be shown for less than 15 minutes between a stretch and a time without fixes is hidden, too: a short
--     appearance tells that what is before it is another absence than what is after it, and so how long each lasts.
CREATE OR REPLACE FUNCTION iot_personal_hub.private_spans_between(
    the_device integer, after timestamptz, before timestamptz)
RETURNS TABLE (starts timestamptz, ends timestamptz)
-- Not SQL: that would be planned anew at each call, which takes longer than running it.
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH outside AS (
        SELECT
            location.location_time AS at,
            greatest(location.location_time, location.first_reported) AS said_at,
            lead(location.location_time, 1, 'infinity') OVER (
                ORDER BY location.location_time, location.latitude, location.longitude) AS next_at
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = the_device
          AND NOT location.private AND location.outlier IS NULL
          AND location.location_time BETWEEN after AND before
    ),
    -- From each fix outside to the next one; from the beginning and to the end, where there is none.
    gaps AS (
        SELECT outside.at AS left_at, outside.said_at AS left_said_at, outside.next_at AS right_at
        FROM outside
        WHERE outside.next_at < 'infinity' OR before = 'infinity'
        UNION ALL
        SELECT '-infinity', '-infinity', coalesce(min(outside.at), 'infinity')
        FROM outside
        HAVING after = '-infinity'
    ),
    visits AS (
        SELECT
            gaps.left_at,
            gaps.left_said_at,
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
            entry.location_time - iot_personal_hub.visit_blur(the_device, entry.location_time, 'entry') AS blurred_entry,
            exit.location_time + iot_personal_hub.visit_blur(the_device, exit.location_time, 'exit') AS blurred_exit
        FROM gaps
        CROSS JOIN LATERAL (
            SELECT location.location_time, location.latitude, location.longitude, location.uncertainty_m
            FROM iot_personal_hub.locations AS location
            WHERE location.device_id = the_device
              AND location.private
              AND location.location_time BETWEEN gaps.left_at AND gaps.right_at
            ORDER BY location.location_time, location.latitude, location.longitude
            LIMIT 1
        ) AS entry
        CROSS JOIN LATERAL (
            SELECT location.location_time, location.latitude, location.longitude
            FROM iot_personal_hub.locations AS location
            WHERE location.device_id = the_device
              AND location.private
              AND location.location_time BETWEEN gaps.left_at AND gaps.right_at
            ORDER BY location.location_time DESC, location.latitude DESC, location.longitude DESC
            LIMIT 1
        ) AS exit
        LEFT JOIN LATERAL (
            SELECT area.zone_latitude, area.zone_longitude, area.zone_radius_m
            FROM iot_personal_hub.areas_around(entry.latitude, entry.longitude, entry.uncertainty_m) AS around (id)
            JOIN iot_personal_hub.dim_blocked_areas AS area ON area.id = around.id
            ORDER BY area.id
            LIMIT 1
        ) AS zone ON true
    ),
    stays AS (
        SELECT
            visits.entered,
            visits.exited,
            least(visits.blurred_entry, approach.starts, unknown_before.starts) AS starts,
            greatest(visits.blurred_exit, departure.ends, unknown_after.ends) AS ends
        FROM visits
        CROSS JOIN LATERAL (
            SELECT min(way.at) AS starts
            FROM (
                -- How many fixes from here to the entry are neither around the zone nor head into it.
                SELECT
                    fix.at,
                    count(*) FILTER (WHERE (
                        iot_personal_hub.is_around(
                            fix.latitude, fix.longitude,
                            visits.zone_latitude, visits.zone_longitude, 2 * visits.zone_radius_m)
                        OR iot_personal_hub.heads_into(
                            fix.latitude, fix.longitude, fix.next_latitude, fix.next_longitude,
                            visits.zone_latitude, visits.zone_longitude, visits.zone_radius_m)
                    ) IS NOT TRUE) OVER (ORDER BY fix.at DESC) AS turns
                FROM (
                    SELECT
                        location.location_time AS at, location.latitude, location.longitude,
                        lead(location.latitude, 1, visits.entry_latitude) OVER by_time AS next_latitude,
                        lead(location.longitude, 1, visits.entry_longitude) OVER by_time AS next_longitude
                    FROM iot_personal_hub.locations AS location
                    WHERE location.device_id = the_device
                      AND NOT location.private AND location.outlier IS NULL
                      AND location.location_time >= visits.entered - interval '1 hour'
                      AND location.location_time < visits.entered
                    WINDOW by_time AS (ORDER BY location.location_time, location.latitude, location.longitude)
                ) AS fix
                WHERE fix.at < visits.blurred_entry
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
                            visits.zone_latitude, visits.zone_longitude, 2 * visits.zone_radius_m)
                        OR iot_personal_hub.heads_into(
                            fix.latitude, fix.longitude, fix.last_latitude, fix.last_longitude,
                            visits.zone_latitude, visits.zone_longitude, visits.zone_radius_m)
                    ) IS NOT TRUE) OVER (ORDER BY fix.at) AS turns
                FROM (
                    SELECT
                        location.location_time AS at, location.latitude, location.longitude,
                        lag(location.latitude, 1, visits.exit_latitude) OVER by_time AS last_latitude,
                        lag(location.longitude, 1, visits.exit_longitude) OVER by_time AS last_longitude
                    FROM iot_personal_hub.locations AS location
                    WHERE location.device_id = the_device
                      AND NOT location.private AND location.outlier IS NULL
                      AND location.location_time > visits.exited
                      AND location.location_time <= visits.exited + interval '1 hour'
                    WINDOW by_time AS (ORDER BY location.location_time, location.latitude, location.longitude)
                ) AS fix
                WHERE fix.at > visits.blurred_exit
            ) AS way
            WHERE way.turns = 0
        ) AS departure
        -- Not just everything after the fix outside: an hour of which nothing is hidden keeps its totals.
        -- The counted hours tell when there were events, also of days that retention has dropped.
        CROSS JOIN LATERAL (
            SELECT CASE WHEN visits.left_at = '-infinity' THEN visits.left_at ELSE (
                SELECT greatest(coalesce(hourly.first_event_at, hourly.date_hour),
                                visits.left_said_at + interval '1 microsecond')
                FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
                WHERE hourly.device_id = the_device
                  AND hourly.date_hour >= date_trunc('hour', visits.left_said_at, 'UTC')
                  AND hourly.date_hour < visits.entered
                  AND coalesce(hourly.last_event_at, 'infinity') > visits.left_said_at
                ORDER BY hourly.date_hour
                LIMIT 1) END AS starts
        ) AS unknown_before
        CROSS JOIN LATERAL (
            SELECT CASE WHEN visits.right_at = 'infinity' THEN visits.right_at ELSE (
                SELECT least(coalesce(hourly.last_event_at, hourly.date_hour + interval '1 hour'),
                             visits.right_at - interval '1 microsecond')
                FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
                WHERE hourly.device_id = the_device
                  AND hourly.date_hour >= date_trunc('hour', visits.exited, 'UTC')
                  AND hourly.date_hour < visits.right_at
                  AND coalesce(hourly.first_event_at, '-infinity') < visits.right_at
                ORDER BY hourly.date_hour DESC
                LIMIT 1) END AS ends
        ) AS unknown_after
    ),
    hidden AS (
        SELECT
            stays.starts - coalesce(clock_behind.seconds, interval '0') AS starts,
            stays.ends + coalesce(clock_ahead.seconds, interval '0') AS ends
        FROM stays
        CROSS JOIN LATERAL (
            SELECT max(fix.location_time - fix.first_reported) AS seconds
            FROM iot_personal_hub.locations AS fix
            WHERE fix.device_id = the_device
              AND fix.location_time >= greatest(stays.starts, stays.entered - interval '1 hour')
              AND fix.location_time <= stays.entered
              AND fix.location_time - fix.first_reported > interval '1 minute'
        ) AS clock_behind
        CROSS JOIN LATERAL (
            SELECT max(fix.first_reported - fix.location_time) AS seconds
            FROM iot_personal_hub.locations AS fix
            WHERE fix.device_id = the_device
              AND fix.location_time >= stays.exited
              AND fix.location_time <= least(stays.ends, stays.exited + interval '1 hour')
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
        WHERE fix.device_id = the_device
          AND fix.private
          AND (fix.last_reported - fix.location_time > interval '1 minute'
               OR fix.location_time - fix.first_reported > interval '1 minute')
          -- Any of its times is between the two; a fix is taken a day after its report at most.
          AND (fix.location_time BETWEEN after AND before
               OR fix.last_reported BETWEEN after AND before
               OR fix.location_time BETWEEN before AND before + interval '1 day' AND fix.first_reported <= before)
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
            least(neighbours.starts, iot_personal_hub.appearance_begins(the_device, neighbours.last_ends, neighbours.starts))
                AS starts,
            greatest(neighbours.ends, iot_personal_hub.appearance_ends(the_device, neighbours.ends, neighbours.next_starts))
                AS ends
        FROM neighbours
    )
    SELECT lower(stretch.hidden), upper(stretch.hidden) - interval '10 minutes'
    FROM (
        SELECT unnest(range_agg(tstzrange(lengthened.starts, lengthened.ends + interval '10 minutes', '[]')))
        FROM lengthened
    ) AS stretch (hidden);
END
$$;
