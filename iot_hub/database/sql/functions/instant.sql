-- A Unix time as an instant, whatever its unit: seconds, milliseconds, microseconds or
-- nanoseconds, distinguished by magnitude (timestamps.py holds the same rule). NULL for what
-- is before 2000 or after 2199: an unset clock, not a time.
CREATE OR REPLACE FUNCTION iot_personal_hub.instant(unix_time numeric)
RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    seconds numeric := CASE
        WHEN unix_time < 1e11 THEN unix_time
        WHEN unix_time < 1e14 THEN unix_time / 1e3
        WHEN unix_time < 1e17 THEN unix_time / 1e6
        ELSE unix_time / 1e9
    END;
BEGIN
    IF seconds < 946684800 OR seconds >= 7258118400 THEN
        RETURN NULL;
    END IF;
    RETURN to_timestamp(round(seconds, 6)::double precision);
END
$$;
