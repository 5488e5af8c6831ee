-- Since when a device would be shown before an instant, if that is only for less than 15 minutes: the same as
-- appearance_ends(), in the other direction.
CREATE OR REPLACE FUNCTION iot_personal_hub.appearance_begins(
    p_device_id integer, p_last_hidden timestamptz, p_before timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    shortest CONSTANT interval := '15 minutes';
    fix_time timestamptz;
    first_time timestamptz;
    last_time timestamptz;
BEGIN
    IF p_before = '-infinity' THEN
        RETURN NULL;
    END IF;
    FOR fix_time IN
        SELECT fix.location_time
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND NOT fix.private AND fix.outlier IS NULL
          AND fix.location_time < p_before
        ORDER BY fix.location_time DESC
    LOOP
        IF fix_time <= p_last_hidden OR first_time - fix_time > shortest THEN
            RETURN first_time;
        END IF;
        last_time := coalesce(last_time, fix_time);
        IF last_time - fix_time >= shortest THEN
            RETURN NULL;
        END IF;
        first_time := fix_time;
    END LOOP;
    RETURN CASE WHEN p_last_hidden IS NOT NULL THEN first_time END;
END
$$;
