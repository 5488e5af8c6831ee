-- Takes a car's readings from the events between two instants, and marks the drives stale that they concern, or that fixes
-- concern which have changed (NULL: none have).
CREATE OR REPLACE FUNCTION iot_personal_hub.note_driving(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_fixes_since timestamptz, p_fixes_until timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    driven record;
    moved record;
BEGIN
    SELECT readings.changed_since AS since, readings.changed_until AS until
    INTO driven
    FROM iot_personal_hub.refresh_car_readings(p_device_id, p_since, p_until) AS readings;
    -- Most devices are no cars.
    IF driven.since IS NULL AND (
        p_fixes_since IS NULL
        OR NOT EXISTS (SELECT FROM iot_personal_hub.car_readings AS reading WHERE reading.device_id = p_device_id))
    THEN
        RETURN;
    END IF;
    SELECT movements.changed_since AS since, movements.changed_until AS until
    INTO moved
    FROM iot_personal_hub.mark_movements(
        p_device_id, least(driven.since, p_fixes_since), greatest(driven.until, p_fixes_until)) AS movements;
    INSERT INTO iot_personal_hub.stale_drives (device_id, since, until)
    VALUES (
        p_device_id,
        least(driven.since, p_fixes_since, moved.since),
        greatest(driven.until, p_fixes_until, moved.until));
END
$$;
