-- When a fix was taken: at its own time, or at its event's where it has none, an impossible one (NULL),
-- or one ahead of the event by more than a day.
CREATE OR REPLACE FUNCTION iot_personal_hub.fix_time(own_time timestamptz, device_time timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN own_time < device_time + interval '1 day' THEN own_time ELSE device_time END
$$;
