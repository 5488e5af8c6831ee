-- Until when a device would be shown after an instant, if that is only for less than 15 minutes: until its first fix that
-- none follows for 15 minutes, or by the next stretch that is hidden anyway. NULL: it is shown for longer, or nobody
-- knows yet.
CREATE OR REPLACE FUNCTION iot_personal_hub.appearance_ends(
    p_device_id integer, p_after timestamptz, p_next_hidden timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    shortest CONSTANT interval := '15 minutes';
    fix_time timestamptz;
    first_time timestamptz;
    last_time timestamptz;
BEGIN
    IF p_after = 'infinity' THEN
        RETURN NULL;
    END IF;
    FOR fix_time IN
        SELECT fix.location_time
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND NOT fix.private AND fix.outlier IS NULL
          AND fix.location_time > p_after
        ORDER BY fix.location_time
    LOOP
        IF fix_time >= p_next_hidden OR fix_time - last_time > shortest THEN
            RETURN last_time;
        END IF;
        first_time := coalesce(first_time, fix_time);
        IF fix_time - first_time >= shortest THEN
            RETURN NULL;
        END IF;
        last_time := fix_time;
    END LOOP;
    RETURN CASE WHEN p_next_hidden IS NOT NULL THEN last_time END;
END
$$;
