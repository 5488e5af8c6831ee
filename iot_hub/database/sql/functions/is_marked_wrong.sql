-- Whether the owner has marked a fix wrong by the source that reported it first.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_marked_wrong(
    p_device_id integer, p_location_time timestamptz, p_first_reported timestamptz, p_event_digest bytea)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM iot_personal_hub.corrections AS correction
        JOIN iot_personal_hub.raw_devices_properties AS raw
            ON raw.device_id = p_device_id
           AND raw.device_time = p_first_reported
           AND raw.digest = p_event_digest
           AND raw.source = correction.source
        WHERE correction.device_id = p_device_id
          AND correction.kind = 'wrong_fixes'
          AND correction.undone_at IS NULL
          AND p_location_time >= correction.since
          AND p_location_time < correction.until);
END
$$;
