-- When a short appearance of a device after an instant ends, one of less than 15 minutes: at its last fix before 15
-- minutes without any, or before the next interval that is masked anyway. NULL: it is shown for longer, or the future
-- has to decide.
CREATE OR REPLACE FUNCTION iot_personal_hub.appearance_ends(
    p_device_id integer, p_after timestamptz, p_next_hidden timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    shortest CONSTANT interval := '15 minutes';
    next_hidden CONSTANT timestamptz := coalesce(p_next_hidden, 'infinity');
    first_time timestamptz;
    last_time timestamptz;
    next_time timestamptz;
BEGIN
    SELECT min(fix.location_time)
    INTO first_time
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id AND NOT fix.private AND fix.outlier IS NULL
      AND fix.location_time > p_after AND fix.location_time < next_hidden;

    SELECT max(fix.location_time)
    INTO last_time
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id AND NOT fix.private AND fix.outlier IS NULL
      AND fix.location_time >= first_time AND fix.location_time < least(first_time + shortest, next_hidden);

    SELECT min(fix.location_time)
    INTO next_time
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id AND NOT fix.private AND fix.outlier IS NULL
      AND fix.location_time > last_time;

    RETURN CASE WHEN least(next_time, p_next_hidden) = p_next_hidden OR next_time - last_time > shortest
                THEN last_time END;
END
$$;
