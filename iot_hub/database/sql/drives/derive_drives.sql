-- The drives of a car between two instants, derived from its readings, its fixes and what its owner has merged and split,
-- and nothing else: the same for any order in which they came. At the two instants no drive may be under way.
--
--  1. A reading is one of driving, or of standing or charging, or of neither (refresh_car_readings(), mark_movements()).
--  2. Between two readings of driving it is one drive, unless there are more than p_gap between them; or more than p_stop
--     in which the car said that it was off or charged.
--  3. The owner's corrections: what is merged is no end of a drive, where it is split is one. The newest counts.
--  4. Distance: by the odometer where it is known from the start to the end and fine enough for the drive, and the speed,
--     or else the way over fixes, agrees to a quarter; else by the speed, where it is known of most of the time; else the
--     odometer, the fixes.
--  5. A value holds from one reading to the next for two minutes at most. What is used is known where it is known of four
--     fifths of the time, and of the rest it is the mean.
--  6. Less than 100 m is no drive; where no distance is known, less than a minute, or one in which nothing has moved.
CREATE OR REPLACE FUNCTION iot_personal_hub.derive_drives(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_gap interval, p_stop interval)
RETURNS SETOF iot_personal_hub.drives
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    -- What is read of a parked car is what it was at the end of the drive, or is at the beginning of the next.
    around     CONSTANT interval := '2 minutes';
    holds_s    CONSTANT double precision := 120;
    most_share CONSTANT double precision := 0.8;
    most_missed CONSTANT double precision := 0.05;
    tolerance  CONSTANT double precision := 0.25;
    usable_m   CONSTANT double precision := 150;
    -- A receiver finds its position some minutes after the start.
    nearby     CONSTANT interval := '5 minutes';
    fastest_kmh CONSTANT double precision := 400;
    -- The greatest that a byte of OBD-II holds: what an adapter says that knows none.
    unknown_kmh CONSTANT double precision := 255;
    least_m    CONSTANT double precision := 100;
    least_time CONSTANT interval := '1 minute';
    -- Where it was in these times the owner has hidden.
    unsaid     CONSTANT tstzmultirange := iot_personal_hub.hidden_times(p_device_id);
BEGIN
    RETURN QUERY
    WITH driven AS (
        SELECT reading.read_at, lag(reading.read_at) OVER (ORDER BY reading.read_at) AS former_at
        FROM iot_personal_hub.car_readings AS reading
        WHERE reading.device_id = p_device_id
          AND reading.read_at >= p_since
          AND reading.read_at <= p_until
          AND (reading.says = 'driving' OR reading.moved)
    ),
    -- Where drives begin: the reading before it is that of the former one's end.
    cuts AS MATERIALIZED (
        SELECT driven.former_at AS before, driven.read_at AS after, false AS is_split
        FROM driven
        WHERE driven.former_at IS NULL
           OR driven.read_at - driven.former_at > p_gap
           OR driven.read_at - driven.former_at > p_stop
              AND EXISTS (
                  SELECT
                  FROM iot_personal_hub.car_readings AS reading
                  WHERE reading.device_id = p_device_id
                    AND reading.read_at > driven.former_at
                    AND reading.read_at < driven.read_at
                    AND reading.says IN ('off', 'charging'))
        UNION
        -- Where the owner splits, one ends where the next begins.
        SELECT around_split.before, around_split.after, true
        FROM iot_personal_hub.drive_corrections AS split
        CROSS JOIN LATERAL (
            SELECT
                (SELECT max(reading.read_at)
                 FROM iot_personal_hub.car_readings AS reading
                 WHERE reading.device_id = p_device_id
                   AND (reading.says = 'driving' OR reading.moved)
                   AND reading.read_at >= p_since
                   AND reading.read_at < split.since) AS before,
                (SELECT min(reading.read_at)
                 FROM iot_personal_hub.car_readings AS reading
                 WHERE reading.device_id = p_device_id
                   AND (reading.says = 'driving' OR reading.moved)
                   AND reading.read_at >= split.since
                   AND reading.read_at <= p_until) AS after
        ) AS around_split
        WHERE split.device_id = p_device_id
          AND split.kind = 'split'
          AND split.undone_at IS NULL
          AND split.since > p_since
          AND split.since <= p_until
          AND around_split.before IS NOT NULL
          AND around_split.after IS NOT NULL
    ),
    kept AS (
        SELECT
            cut.after AS starts,
            cut.before,
            -- A natural cut that is split too stays a natural one.
            bool_and(cut.is_split) AS is_split
        FROM cuts AS cut
        LEFT JOIN LATERAL (
            SELECT correction.kind
            FROM iot_personal_hub.drive_corrections AS correction
            WHERE correction.device_id = p_device_id
              AND correction.undone_at IS NULL
              AND (correction.kind = 'merge' AND correction.since <= cut.before AND correction.until >= cut.after
                   OR correction.kind = 'split' AND correction.since > cut.before AND correction.since <= cut.after)
            ORDER BY correction.id DESC
            LIMIT 1
        ) AS newest ON true
        WHERE newest.kind IS DISTINCT FROM 'merge'
        GROUP BY cut.after, cut.before
    ),
    parts AS (
        SELECT
            kept.starts,
            CASE WHEN lead(kept.is_split) OVER by_time THEN lead(kept.starts) OVER by_time
                 ELSE coalesce(lead(kept.before) OVER by_time, last.driven_at) END AS ends,
            CASE WHEN kept.is_split THEN kept.starts ELSE kept.before END AS former_ends,
            lead(kept.starts) OVER by_time AS next_starts
        FROM kept
        CROSS JOIN (
            SELECT max(reading.read_at) AS driven_at
            FROM iot_personal_hub.car_readings AS reading
            WHERE reading.device_id = p_device_id
              AND reading.read_at >= p_since
              AND reading.read_at <= p_until
              AND (reading.says = 'driving' OR reading.moved)
            OFFSET 0
        ) AS last
        WINDOW by_time AS (ORDER BY kept.starts)
    ),
    spans AS MATERIALIZED (
        SELECT
            parts.starts, parts.ends,
            greatest(parts.starts - around, parts.former_ends) AS read_since,
            least(parts.ends + around, parts.next_starts) AS read_until,
            date_part('epoch', parts.ends - parts.starts) AS seconds
        FROM parts
    ),
    measured AS (
        SELECT
            span.starts, span.ends, span.seconds,
            plain.*, bounds.*, used.*, way.*
        FROM spans AS span
        CROSS JOIN LATERAL (
            SELECT
                count(*) FILTER (WHERE near.read_at BETWEEN span.starts AND span.ends)::integer AS readings,
                bool_or(near.speed_kmh >= 200 AND near.speed_kmh <> unknown_kmh) AS is_fast,
                CASE WHEN bool_or(near.speed_kmh >= 200 AND near.speed_kmh <> unknown_kmh) THEN max(near.speed_kmh)
                     ELSE max(near.speed_kmh) FILTER (WHERE near.speed_kmh <> unknown_kmh) END AS top_kmh,
                max(near.coolant_temperature_c) AS coolant_max_c,
                avg(near.outside_temperature_c) AS outside_temperature_c,
                count(near.battery_percent) > 0 AS has_battery,
                count(near.fuel_percent) > 0 AS has_fuel,
                count(near.odometer_km) > 0 AS has_odometer,
                max(near.odometer_km) - min(near.odometer_km) > 2 + fastest_kmh * span.seconds / 3600 AS has_glitch,
                CASE WHEN bool_and(near.odometer_km = round(near.odometer_km)) THEN 1
                     WHEN bool_and(abs(near.odometer_km * 10 - round(near.odometer_km * 10)) < 1e-5) THEN 0.1
                     ELSE 0.01 END::double precision AS resolution_km,
                count(near.fuel_used_l) > 1 AS has_fuel_counter,
                count(near.engine_rpm) > 0 AS has_engine,
                bool_or(near.engine_rpm > 0 OR near.fuel_rate_lh > 0) AS burns
            FROM iot_personal_hub.car_readings AS near
            WHERE near.device_id = p_device_id
              AND near.read_at >= span.read_since
              AND near.read_at <= span.read_until
        ) AS plain
        CROSS JOIN LATERAL (
            SELECT
                (SELECT ARRAY[near.odometer_km, date_part('epoch', near.read_at - span.starts)]
                 FROM iot_personal_hub.car_readings AS near
                 WHERE plain.has_odometer
                   AND near.device_id = p_device_id
                   AND near.read_at >= span.read_since
                   AND near.read_at <= span.read_until
                   AND near.odometer_km IS NOT NULL
                   AND (middle.odometer_km IS NULL
                        OR abs(near.odometer_km - middle.odometer_km) <= 2 + fastest_kmh * span.seconds / 3600)
                 ORDER BY near.read_at
                 LIMIT 1) AS odometer_start,
                (SELECT ARRAY[near.odometer_km, date_part('epoch', span.ends - near.read_at)]
                 FROM iot_personal_hub.car_readings AS near
                 WHERE plain.has_odometer
                   AND near.device_id = p_device_id
                   AND near.read_at >= span.read_since
                   AND near.read_at <= span.read_until
                   AND near.odometer_km IS NOT NULL
                   AND (middle.odometer_km IS NULL
                        OR abs(near.odometer_km - middle.odometer_km) <= 2 + fastest_kmh * span.seconds / 3600)
                 ORDER BY near.read_at DESC
                 LIMIT 1) AS odometer_end,
                (SELECT near.battery_percent
                 FROM iot_personal_hub.car_readings AS near
                 WHERE plain.has_battery
                   AND near.device_id = p_device_id
                   AND near.read_at >= span.read_since
                   AND near.read_at <= span.read_until
                   AND near.battery_percent IS NOT NULL
                 ORDER BY near.read_at
                 LIMIT 1) AS battery_start_percent,
                (SELECT near.battery_percent
                 FROM iot_personal_hub.car_readings AS near
                 WHERE plain.has_battery
                   AND near.device_id = p_device_id
                   AND near.read_at >= span.read_since
                   AND near.read_at <= span.read_until
                   AND near.battery_percent IS NOT NULL
                 ORDER BY near.read_at DESC
                 LIMIT 1) AS battery_end_percent,
                (SELECT near.fuel_percent
                 FROM iot_personal_hub.car_readings AS near
                 WHERE plain.has_fuel
                   AND near.device_id = p_device_id
                   AND near.read_at >= span.read_since
                   AND near.read_at <= span.read_until
                   AND near.fuel_percent IS NOT NULL
                 ORDER BY near.read_at
                 LIMIT 1) AS fuel_start_percent,
                (SELECT near.fuel_percent
                 FROM iot_personal_hub.car_readings AS near
                 WHERE plain.has_fuel
                   AND near.device_id = p_device_id
                   AND near.read_at >= span.read_since
                   AND near.read_at <= span.read_until
                   AND near.fuel_percent IS NOT NULL
                 ORDER BY near.read_at DESC
                 LIMIT 1) AS fuel_end_percent
            FROM (
                -- A glitch is far from the value in the middle, however far it was driven.
                SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY each.odometer_km) AS odometer_km
                FROM iot_personal_hub.car_readings AS each
                WHERE plain.has_glitch
                  AND each.device_id = p_device_id
                  AND each.read_at >= span.read_since
                  AND each.read_at <= span.read_until
            ) AS middle
        ) AS bounds
        CROSS JOIN LATERAL (
            SELECT
                by_speed.*, by_fuel.*, by_counter.*, by_power.*
            FROM (
                SELECT
                    sum(step.lasts * (step.speed_kmh + step.next_kmh) / 7.2) AS speed_m,
                    sum(step.lasts) AS speed_s,
                    sum(step.lasts) FILTER (
                        WHERE step.speed_kmh = 0
                          AND plain.has_engine
                          AND coalesce(step.engine_rpm, (
                              SELECT engine.engine_rpm
                              FROM iot_personal_hub.car_readings AS engine
                              WHERE engine.device_id = p_device_id
                                AND engine.read_at <= step.read_at
                                AND engine.read_at >= step.read_at - holds_s * interval '1 second'
                                AND engine.engine_rpm IS NOT NULL
                              ORDER BY engine.read_at DESC
                              LIMIT 1)) > 0) AS idle_s
                FROM (
                    SELECT
                        reading.read_at, reading.speed_kmh, reading.engine_rpm,
                        lead(reading.speed_kmh) OVER by_time AS next_kmh,
                        date_part('epoch', lead(reading.read_at) OVER by_time - reading.read_at) AS lasts
                    FROM iot_personal_hub.car_readings AS reading
                    WHERE reading.device_id = p_device_id
                      AND reading.read_at >= span.starts
                      AND reading.read_at <= span.ends
                      AND (reading.speed_kmh <> unknown_kmh OR plain.is_fast AND reading.speed_kmh = unknown_kmh)
                    WINDOW by_time AS (ORDER BY reading.read_at)
                ) AS step
                WHERE step.lasts <= holds_s
            ) AS by_speed
            CROSS JOIN (
                SELECT
                    sum(step.lasts * (step.fuel_rate_lh + step.next_lh) / 7200) AS burnt_l,
                    sum(step.lasts) AS burnt_s
                FROM (
                    SELECT
                        reading.fuel_rate_lh,
                        lead(reading.fuel_rate_lh) OVER by_time AS next_lh,
                        date_part('epoch', lead(reading.read_at) OVER by_time - reading.read_at) AS lasts
                    FROM iot_personal_hub.car_readings AS reading
                    WHERE reading.device_id = p_device_id
                      AND reading.read_at >= span.starts
                      AND reading.read_at <= span.ends
                      AND reading.fuel_rate_lh IS NOT NULL
                    WINDOW by_time AS (ORDER BY reading.read_at)
                ) AS step
                WHERE step.lasts <= holds_s
            ) AS by_fuel
            CROSS JOIN (
                SELECT
                    sum(CASE
                        WHEN step.fuel_used_l >= step.former_l THEN step.fuel_used_l - step.former_l
                        -- It began again at zero.
                        WHEN step.fuel_used_l < 0.9 * step.former_l THEN step.fuel_used_l
                        END) AS counted_l,
                    date_part('epoch', max(step.read_at) - min(step.read_at)) AS counted_s
                FROM (
                    SELECT
                        reading.read_at, reading.fuel_used_l,
                        lag(reading.fuel_used_l) OVER (ORDER BY reading.read_at) AS former_l
                    FROM iot_personal_hub.car_readings AS reading
                    WHERE plain.has_fuel_counter
                      AND reading.device_id = p_device_id
                      AND reading.read_at >= span.starts
                      AND reading.read_at <= span.ends
                      AND reading.fuel_used_l IS NOT NULL
                ) AS step
            ) AS by_counter
            CROSS JOIN (
                SELECT
                    sum(step.lasts * (step.power_w + step.next_w) / 7200) AS powered_wh,
                    sum(step.lasts) AS powered_s
                FROM (
                    SELECT
                        reading.power_w,
                        lead(reading.power_w) OVER by_time AS next_w,
                        date_part('epoch', lead(reading.read_at) OVER by_time - reading.read_at) AS lasts
                    FROM iot_personal_hub.car_readings AS reading
                    WHERE reading.device_id = p_device_id
                      AND reading.read_at >= span.starts
                      AND reading.read_at <= span.ends
                      AND reading.power_w IS NOT NULL
                    WINDOW by_time AS (ORDER BY reading.read_at)
                ) AS step
                WHERE step.lasts <= holds_s
            ) AS by_power
        ) AS used
        CROSS JOIN LATERAL (
            SELECT
                sum(iot_personal_hub.great_circle_m(
                    step.former_latitude, step.former_longitude, step.latitude, step.longitude))
                    -- Of nothing it is half way around the earth.
                    FILTER (WHERE step.former_latitude IS NOT NULL) AS way_m,
                max(iot_personal_hub.great_circle_m(
                    step.first_latitude, step.first_longitude, step.latitude, step.longitude)) AS farthest_m,
                iot_personal_hub.climbed_m(
                    array_agg(step.altitude_m ORDER BY step.bin) FILTER (WHERE step.altitude_m IS NOT NULL)) AS climbed_m,
                (array_agg(step.latitude ORDER BY step.bin) FILTER (WHERE step.bin <= span.starts + nearby))[1]
                    AS start_latitude,
                (array_agg(step.longitude ORDER BY step.bin) FILTER (WHERE step.bin <= span.starts + nearby))[1]
                    AS start_longitude,
                (array_agg(step.latitude ORDER BY step.bin DESC) FILTER (WHERE step.bin >= span.ends - nearby))[1]
                    AS end_latitude,
                (array_agg(step.longitude ORDER BY step.bin DESC) FILTER (WHERE step.bin >= span.ends - nearby))[1]
                    AS end_longitude
            FROM (
                SELECT
                    fix.bin, fix.latitude, fix.longitude, fix.altitude_m,
                    first_value(fix.latitude) OVER by_time AS first_latitude,
                    first_value(fix.longitude) OVER by_time AS first_longitude,
                    lag(fix.latitude) OVER by_time AS former_latitude,
                    lag(fix.longitude) OVER by_time AS former_longitude
                FROM (
                    -- One in ten seconds: fixes of a second each add their noise.
                    SELECT DISTINCT ON (date_bin('10 seconds', fix.location_time, 'epoch'))
                        date_bin('10 seconds', fix.location_time, 'epoch') AS bin,
                        fix.latitude, fix.longitude, fix.altitude_m
                    FROM iot_personal_hub.locations AS fix
                    WHERE fix.device_id = p_device_id
                      AND fix.location_time >= span.read_since
                      AND fix.location_time <= span.read_until
                      AND fix.outlier IS NULL
                      AND fix.uncertainty_m <= usable_m
                      AND NOT unsaid @> fix.location_time
                    ORDER BY
                        date_bin('10 seconds', fix.location_time, 'epoch'),
                        fix.location_time, fix.latitude, fix.longitude
                ) AS fix
                WINDOW by_time AS (ORDER BY fix.bin)
            ) AS step
        ) AS way
    ),
    known AS (
        SELECT
            measured.*,
            measured.odometer_start[1] AS odometer_start_km,
            measured.odometer_end[1] AS odometer_end_km,
            greatest(measured.odometer_start[2], 0) AS odometer_late_s,
            greatest(measured.odometer_end[2], 0) AS odometer_early_s,
            measured.speed_s >= most_share * measured.seconds AS is_speed_known
        FROM measured
    ),
    compared AS (
        SELECT
            known.*,
            (known.odometer_end_km - known.odometer_start_km) * 1000 AS odometer_m,
            -- Where the speed is known it is better than an odometer that misses the ends.
            greatest(known.odometer_late_s, known.odometer_early_s) <= holds_s
                AND (known.is_speed_known IS NOT TRUE
                     OR known.odometer_late_s + known.odometer_early_s <= most_missed * known.seconds) AS is_odometer_whole,
            CASE WHEN known.is_speed_known AND known.speed_s > 0 THEN known.speed_m * known.seconds / known.speed_s
                 ELSE known.speed_m END AS driven_m
        FROM known
    ),
    chosen AS (
        SELECT
            compared.*,
            CASE
                WHEN compared.is_odometer_whole
                 AND compared.odometer_m >= 20000 * compared.resolution_km
                 AND compared.odometer_m <= fastest_kmh / 3.6 * compared.seconds + 1000 * compared.resolution_km
                 AND (compared.is_speed_known IS NOT TRUE AND compared.way_m IS NULL
                      OR compared.is_speed_known
                         AND abs(compared.odometer_m - compared.driven_m)
                             <= tolerance * compared.odometer_m + 1000 * compared.resolution_km
                      OR abs(compared.odometer_m - compared.way_m)
                         <= tolerance * compared.odometer_m + 1000 * compared.resolution_km)
                    THEN 'odometer'
                WHEN compared.is_speed_known THEN 'speed'
                WHEN (compared.is_odometer_whole OR compared.odometer_m >= greatest(compared.way_m, compared.speed_m))
                 AND compared.odometer_m >= 5000 * compared.resolution_km
                 AND compared.odometer_m <= fastest_kmh / 3.6 * compared.seconds + 1000 * compared.resolution_km
                    THEN 'odometer'
                WHEN compared.way_m IS NOT NULL THEN 'fixes'
                WHEN compared.speed_m IS NOT NULL THEN 'speed'
                WHEN compared.odometer_m > 0
                 AND compared.odometer_m <= fastest_kmh / 3.6 * compared.seconds + 1000 * compared.resolution_km
                    THEN 'odometer'
            END AS distance_by
        FROM compared
    ),
    finished AS (
        SELECT
            chosen.*,
            round((CASE chosen.distance_by
                WHEN 'odometer' THEN chosen.odometer_m
                WHEN 'speed' THEN chosen.driven_m
                WHEN 'fixes' THEN chosen.way_m
            END)::numeric, 1)::double precision AS distance_m
        FROM chosen
    )
    SELECT
        p_device_id, finished.starts, finished.ends, finished.distance_m, finished.distance_by,
        CASE WHEN finished.has_engine AND finished.speed_s IS NOT NULL
             THEN round(coalesce(finished.idle_s, 0))::integer END,
        round((finished.distance_m / nullif(finished.seconds, 0) * 3.6)::numeric, 2)::double precision,
        finished.top_kmh,
        finished.climbed_m,
        round((CASE WHEN finished.burnt_s >= most_share * finished.seconds
                    THEN finished.burnt_l * finished.seconds / nullif(finished.burnt_s, 0)
                    WHEN finished.counted_s >= most_share * finished.seconds
                    THEN finished.counted_l * finished.seconds / nullif(finished.counted_s, 0)
                    END)::numeric, 4)::double precision,
        -- The power of an engine that burns is none that a battery gave.
        round((CASE WHEN finished.powered_s >= most_share * finished.seconds
                     AND (finished.battery_start_percent IS NOT NULL OR finished.burns IS NOT TRUE)
                    THEN finished.powered_wh * finished.seconds / nullif(finished.powered_s, 0) END)::numeric, 1)::double precision,
        finished.odometer_start_km, finished.odometer_end_km,
        finished.battery_start_percent, finished.battery_end_percent,
        finished.fuel_start_percent, finished.fuel_end_percent,
        round(finished.outside_temperature_c::numeric, 2)::double precision,
        finished.coolant_max_c,
        finished.start_latitude, finished.start_longitude, finished.end_latitude, finished.end_longitude,
        finished.readings
    FROM finished
    WHERE CASE
        -- The noise of fixes adds up where an engine idles for long.
        WHEN finished.distance_by = 'fixes' THEN finished.distance_m >= least_m AND finished.farthest_m >= least_m
        WHEN finished.distance_m IS NOT NULL THEN finished.distance_m >= least_m
        ELSE finished.ends - finished.starts >= least_time
             AND finished.top_kmh IS DISTINCT FROM 0
             AND (finished.odometer_end_km > finished.odometer_start_km
                  OR finished.odometer_end_km IS NULL
                  OR finished.farthest_m >= least_m)
        END;
END
$$;
