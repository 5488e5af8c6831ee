-- Whether the raw table holds an event of a device in an hour.
DROP FUNCTION IF EXISTS iot_personal_hub.has_events(integer, timestamptz);
CREATE OR REPLACE FUNCTION iot_personal_hub.has_events(p_device_id integer, p_hour timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_hour
          AND raw.device_time < p_hour + interval '1 hour'
    );
END
$$;
