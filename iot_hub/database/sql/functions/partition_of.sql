-- The name of the partition that holds a month (UTC) of raw events.
CREATE OR REPLACE FUNCTION iot_personal_hub.partition_of(month timestamptz)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    RETURN 'raw_devices_properties_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
END
$$;
