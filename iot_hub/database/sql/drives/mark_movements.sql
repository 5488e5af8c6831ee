-- Tells from the readings before each one between two instants whether a car has moved or was charged, where it says
-- nothing of that itself: an odometer, a position or a counter of charged energy that has changed. A value that is
-- repeated is none, and neither is a position to which it jumps from where it stood, and from which it jumps back. Returns
-- between which instants that has changed.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_movements(
    p_device_id integer, p_since timestamptz, p_until timestamptz,
    OUT changed_since timestamptz, OUT changed_until timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    -- Between two values that are further apart nobody knows when it was.
    reach       CONSTANT interval := '30 minutes';
    least_km    CONSTANT double precision := 0.05;
    least_m     CONSTANT double precision := 150;
    walking_ms  CONSTANT double precision := 2;
    fastest_kmh CONSTANT double precision := 400;
BEGIN
    -- Most cars say of each reading what they do.
    IF NOT EXISTS (
        SELECT
        FROM iot_personal_hub.car_readings AS reading
        WHERE reading.device_id = p_device_id
          AND reading.read_at >= p_since - reach
          AND reading.read_at <= p_until + reach
          AND (reading.moved OR reading.charged
               OR reading.says IS NULL
                  AND num_nonnulls(reading.odometer_km, reading.charged_wh, reading.fix_time) > 0))
    THEN
        RETURN;
    END IF;

    WITH near AS (
        SELECT
            reading.read_at, reading.moved, reading.charged, reading.says, reading.fix_time,
            reading.odometer_km, reading.charged_wh,
            -- How often until here it has said itself what it does.
            count(reading.says) OVER (ORDER BY reading.read_at) AS said
        FROM iot_personal_hub.car_readings AS reading
        WHERE reading.device_id = p_device_id
          AND reading.read_at >= p_since - 2 * reach
          AND reading.read_at <= p_until + 2 * reach
    ),
    driven AS (
        SELECT odometer.read_at
        FROM (
            SELECT
                near.read_at,
                near.said - lag(near.said) OVER by_time AS said,
                near.odometer_km - lag(near.odometer_km) OVER by_time AS km,
                date_part('epoch', near.read_at - lag(near.read_at) OVER by_time) / 3600 AS hours
            FROM near
            WHERE near.odometer_km IS NOT NULL
            WINDOW by_time AS (ORDER BY near.read_at)
        ) AS odometer
        WHERE odometer.said = 0
          AND odometer.km >= least_km
          -- Whole kilometres are counted at once.
          AND odometer.km <= 1 + fastest_kmh * odometer.hours
          AND odometer.hours <= date_part('epoch', reach) / 3600
    ),
    placed AS (
        SELECT located.read_at, located.said, min(fix.latitude) AS latitude, min(fix.longitude) AS longitude
        FROM near AS located
        JOIN iot_personal_hub.locations AS fix
            ON fix.device_id = p_device_id
           AND fix.location_time = located.fix_time
           AND fix.outlier IS NULL
        WHERE located.fix_time IS NOT NULL
        GROUP BY located.read_at, located.said
        HAVING count(*) = 1
    ),
    travelled AS (
        SELECT jump.read_at
        FROM (
            SELECT
                step.*,
                iot_personal_hub.great_circle_m(
                    lead(step.latitude) OVER by_time, lead(step.longitude) OVER by_time,
                    step.former_latitude, step.former_longitude) < least_m
                    AND step.has_stood
                    AND lead(step.read_at) OVER by_time - step.stood_at <= reach AS is_taken_back,
                iot_personal_hub.great_circle_m(
                    step.latitude, step.longitude,
                    lag(step.former_latitude) OVER by_time, lag(step.former_longitude) OVER by_time) < least_m
                    AND lag(step.has_stood) OVER by_time
                    AND step.read_at - lag(step.stood_at) OVER by_time <= reach AS takes_back
            FROM (
                SELECT
                    placed.read_at, placed.latitude, placed.longitude,
                    lag(placed.read_at, 2) OVER by_time AS stood_at,
                    iot_personal_hub.great_circle_m(
                        lag(placed.latitude) OVER by_time, lag(placed.longitude) OVER by_time,
                        lag(placed.latitude, 2) OVER by_time, lag(placed.longitude, 2) OVER by_time) < least_m AS has_stood,
                    lag(placed.latitude) OVER by_time AS former_latitude,
                    lag(placed.longitude) OVER by_time AS former_longitude,
                    placed.said - lag(placed.said) OVER by_time AS said,
                    iot_personal_hub.great_circle_m(
                        placed.latitude, placed.longitude,
                        lag(placed.latitude) OVER by_time, lag(placed.longitude) OVER by_time) AS metres,
                    date_part('epoch', placed.read_at - lag(placed.read_at) OVER by_time) AS seconds
                FROM placed
                WINDOW by_time AS (ORDER BY placed.read_at)
            ) AS step
            WHERE step.metres >= least_m
            WINDOW by_time AS (ORDER BY step.read_at)
        ) AS jump
        WHERE jump.said = 0
          AND jump.seconds <= date_part('epoch', reach)
          AND jump.metres BETWEEN walking_ms * jump.seconds AND fastest_kmh / 3.6 * jump.seconds
          AND (jump.is_taken_back OR jump.takes_back) IS NOT TRUE
    ),
    fed AS (
        SELECT counter.read_at
        FROM (
            SELECT
                near.read_at,
                near.said - lag(near.said) OVER by_time AS said,
                near.charged_wh - lag(near.charged_wh) OVER by_time AS growth,
                near.read_at - lag(near.read_at) OVER by_time AS lasts
            FROM near
            WHERE near.charged_wh IS NOT NULL
            WINDOW by_time AS (ORDER BY near.read_at)
        ) AS counter
        WHERE counter.said = 0
          AND counter.growth > 0
          AND counter.lasts <= reach
    ),
    told AS (
        SELECT
            near.read_at, near.moved, near.charged,
            near.read_at IN (SELECT driven.read_at FROM driven)
                OR near.read_at IN (SELECT travelled.read_at FROM travelled) AS has_moved,
            near.read_at IN (SELECT fed.read_at FROM fed) AS was_charged
        FROM near
        -- What is further away depends on readings that were not read.
        WHERE near.read_at BETWEEN p_since - reach AND p_until + reach
    ),
    marked AS (
        UPDATE iot_personal_hub.car_readings AS reading
        SET moved = told.has_moved, charged = told.was_charged
        FROM told
        WHERE reading.device_id = p_device_id
          AND reading.read_at = told.read_at
          AND (told.moved, told.charged) IS DISTINCT FROM (told.has_moved, told.was_charged)
        RETURNING reading.read_at
    )
    SELECT min(marked.read_at), max(marked.read_at)
    INTO changed_since, changed_until
    FROM marked;
END
$$;
