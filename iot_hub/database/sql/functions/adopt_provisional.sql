-- Gives a described device what came under a provisional identity, made of its topic before the description came: the
-- messages that wait, and the decision and the availability where there are none of the device itself.
CREATE OR REPLACE FUNCTION iot_personal_hub.adopt_provisional(of_identity text, provisional text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE iot_personal_hub.held_messages AS held
    SET identity = of_identity
    WHERE held.identity = provisional;

    UPDATE iot_personal_hub.discovered_devices AS described
    SET status = earlier.status, device_id = earlier.device_id
    FROM iot_personal_hub.discovered_devices AS earlier
    WHERE described.identity = of_identity
      AND described.status = 'proposed'
      AND earlier.identity = provisional
      AND earlier.status <> 'proposed';

    UPDATE iot_personal_hub.discovered_devices AS described
    SET availability = earlier.availability, availability_at = earlier.availability_at
    FROM iot_personal_hub.discovered_devices AS earlier
    WHERE described.identity = of_identity
      AND described.availability_at IS NULL
      AND earlier.identity = provisional;

    -- One that the owner has approved stays: the name may be given to another device.
    DELETE FROM iot_personal_hub.discovered_devices AS earlier
    WHERE earlier.identity = provisional
      AND earlier.status <> 'approved';
END
$$;
