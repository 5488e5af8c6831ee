-- Whether events of a device's day, in which an hour lies, are in the archive only.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_dropped(the_device integer, hour timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM iot_personal_hub.dropped_days AS dropped
        WHERE dropped.device_id = the_device
          AND dropped.date = (hour AT TIME ZONE 'UTC')::date
    );
END
$$;
