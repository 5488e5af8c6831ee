-- Tells from the readings before each one between two instants whether a car has moved or was charged, where it says
-- nothing of that itself: an odometer, a position or a counter of charged energy that has changed. A value that is
-- repeated is none. Returns between which instants that has changed.
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
          AND reading.read_at >= p_since
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
          AND reading.read_at >= p_since - reach
          AND reading.read_at <= p_until + reach
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
        SELECT step.read_at
        FROM (
            SELECT
                placed.read_at,
                placed.said - lag(placed.said) OVER by_time AS said,
                iot_personal_hub.great_circle_m(
                    placed.latitude, placed.longitude,
                    lag(placed.latitude) OVER by_time, lag(placed.longitude) OVER by_time) AS metres,
                date_part('epoch', placed.read_at - lag(placed.read_at) OVER by_time) AS seconds
            FROM placed
            WINDOW by_time AS (ORDER BY placed.read_at)
        ) AS step
        WHERE step.said = 0
          AND step.seconds <= date_part('epoch', reach)
          AND step.metres >= least_m
          AND step.metres BETWEEN walking_ms * step.seconds AND fastest_kmh / 3.6 * step.seconds
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
        -- What is before has readings before it that were not read.
        WHERE near.read_at >= p_since
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
