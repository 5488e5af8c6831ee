-- Widens a stretch of time until nothing within the gap on either side links readings of driving, or of charging, to
-- those in it: what is derived inside depends on nothing outside.
CREATE OR REPLACE FUNCTION iot_personal_hub.linked_readings(
    p_device_id integer, p_charging boolean, p_gap interval, INOUT p_since timestamptz, INOUT p_until timestamptz)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    -- So much is read at once: a chain of readings is followed over hours.
    read_at_once interval := greatest(p_gap, interval '1 hour');
    linked timestamptz;
BEGIN
    LOOP
        IF p_charging THEN
            SELECT iot_personal_hub.chained(array_agg(reading.read_at ORDER BY reading.read_at DESC), p_since, p_gap)
            INTO linked
            FROM iot_personal_hub.car_readings AS reading
            WHERE reading.device_id = p_device_id
              AND (reading.says = 'charging' OR reading.charged)
              AND reading.read_at >= p_since - read_at_once
              AND reading.read_at < p_since;
        ELSE
            SELECT iot_personal_hub.chained(array_agg(reading.read_at ORDER BY reading.read_at DESC), p_since, p_gap)
            INTO linked
            FROM iot_personal_hub.car_readings AS reading
            WHERE reading.device_id = p_device_id
              AND (reading.says = 'driving' OR reading.moved)
              AND reading.read_at >= p_since - read_at_once
              AND reading.read_at < p_since;
        END IF;
        EXIT WHEN linked = p_since;
        p_since := linked;
    END LOOP;
    LOOP
        IF p_charging THEN
            SELECT iot_personal_hub.chained(array_agg(reading.read_at ORDER BY reading.read_at), p_until, p_gap)
            INTO linked
            FROM iot_personal_hub.car_readings AS reading
            WHERE reading.device_id = p_device_id
              AND (reading.says = 'charging' OR reading.charged)
              AND reading.read_at > p_until
              AND reading.read_at <= p_until + read_at_once;
        ELSE
            SELECT iot_personal_hub.chained(array_agg(reading.read_at ORDER BY reading.read_at), p_until, p_gap)
            INTO linked
            FROM iot_personal_hub.car_readings AS reading
            WHERE reading.device_id = p_device_id
              AND (reading.says = 'driving' OR reading.moved)
              AND reading.read_at > p_until
              AND reading.read_at <= p_until + read_at_once;
        END IF;
        EXIT WHEN linked = p_until;
        p_until := linked;
    END LOOP;
END
$$;
