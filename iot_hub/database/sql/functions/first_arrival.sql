-- The first event that came since a device has its newest token, and why the last payload since then can't be stored; of
-- one source, or of any (NULL). One row. Events whose own time is more than a week before the token are not looked for:
-- that would read all that the device ever sent.
--
-- The token's time is known before the events are looked for, so that the months since are opened and not all of the hub's
-- years.
CREATE OR REPLACE FUNCTION iot_personal_hub.first_arrival(
    p_device_id integer,
    p_source text,
    OUT received_at timestamptz,
    OUT source text,
    OUT families text[],
    OUT refused text
)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    issued CONSTANT timestamptz := (
        SELECT max(token.created_at)
        FROM iot_personal_hub.device_tokens AS token
        WHERE token.device_id = p_device_id AND token.revoked_at IS NULL);
    earliest CONSTANT timestamptz := issued - interval '7 days';
BEGIN
    SELECT raw.created_at_cest, raw.source, iot_personal_hub.families_of(raw.properties)
    INTO received_at, source, families
    FROM iot_personal_hub.raw_devices_properties AS raw
    WHERE raw.device_id = p_device_id
      AND raw.device_time >= earliest
      AND raw.created_at_cest >= issued
      AND raw.duplicate_of IS NULL
      AND (p_source IS NULL OR raw.source = p_source)
    ORDER BY raw.id
    LIMIT 1;

    SELECT entry.reason
    INTO refused
    FROM iot_personal_hub.quarantine AS entry
    WHERE entry.device_id = p_device_id
      AND entry.last_received >= issued
      AND (p_source IS NULL OR entry.source = p_source)
    ORDER BY entry.last_received DESC
    LIMIT 1;
END
$$;
