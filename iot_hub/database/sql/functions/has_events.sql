-- Whether the raw table holds an event of a device in an hour.
CREATE OR REPLACE FUNCTION iot_personal_hub.has_events(the_device integer, hour timestamptz)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = the_device
          AND raw.device_time >= hour
          AND raw.device_time < hour + interval '1 hour'
    );
END
$$;
