-- Whether events of the UTC day of an hour are in the archive only.
DROP FUNCTION IF EXISTS iot_personal_hub.is_dropped(integer, timestamptz);
CREATE OR REPLACE FUNCTION iot_personal_hub.is_dropped(p_device_id integer, p_hour timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM iot_personal_hub.dropped_days AS dropped
        WHERE dropped.device_id = p_device_id
          AND dropped.date = (p_hour AT TIME ZONE 'UTC')::date
    );
END
$$;
