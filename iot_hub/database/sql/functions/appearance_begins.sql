-- When a short appearance of a device before an instant begins: appearance_ends() in the other direction.
CREATE OR REPLACE FUNCTION iot_personal_hub.appearance_begins(
    p_device_id integer, p_last_hidden timestamptz, p_before timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    shortest CONSTANT interval := '15 minutes';
    last_hidden CONSTANT timestamptz := coalesce(p_last_hidden, '-infinity');
    last_time timestamptz;
    first_time timestamptz;
    earlier_time timestamptz;
BEGIN
    SELECT max(fix.location_time)
    INTO last_time
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id AND NOT fix.private AND fix.outlier IS NULL
      AND fix.location_time < p_before AND fix.location_time > last_hidden;

    SELECT min(fix.location_time)
    INTO first_time
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id AND NOT fix.private AND fix.outlier IS NULL
      AND fix.location_time <= last_time AND fix.location_time > greatest(last_time - shortest, last_hidden);

    SELECT max(fix.location_time)
    INTO earlier_time
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id AND NOT fix.private AND fix.outlier IS NULL
      AND fix.location_time < first_time;

    RETURN CASE WHEN greatest(earlier_time, p_last_hidden) = p_last_hidden OR first_time - earlier_time > shortest
                THEN first_time END;
END
$$;
