-- The times of a device of which its owner has hidden where it was.
CREATE OR REPLACE FUNCTION iot_personal_hub.hidden_times(p_device_id integer)
RETURNS tstzmultirange
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(range_agg(tstzrange(correction.since, correction.until)), '{}')
    FROM iot_personal_hub.corrections AS correction
    WHERE correction.device_id = p_device_id
      AND correction.kind = 'hide'
      AND correction.undone_at IS NULL
$$;
