-- Approves a discovered device: its messages are events of an existing device, or of a new one with the given name or
-- its own label. Returns the device; null where nothing of that identity was heard. One that is approved already stays
-- the device that it is, unless another is named.
CREATE OR REPLACE FUNCTION iot_personal_hub.approve_discovered(
    of_identity text, new_name text DEFAULT NULL, existing_device integer DEFAULT NULL
)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    found  iot_personal_hub.discovered_devices;
    device integer := existing_device;
    wanted text;
BEGIN
    SELECT * INTO found
    FROM iot_personal_hub.discovered_devices AS discovered
    WHERE discovered.identity = of_identity
    FOR UPDATE;

    IF found.identity IS NULL THEN
        RETURN NULL;
    END IF;

    IF device IS NULL AND found.device_id IS NOT NULL THEN
        -- A part that has followed its whole, or a second click.
        RETURN found.device_id;
    END IF;

    IF device IS NULL THEN
        wanted := coalesce(nullif(btrim(new_name), ''), nullif(btrim(found.label), ''), found.identity);
        IF new_name IS NULL AND EXISTS (
            SELECT FROM iot_personal_hub.dim_devices AS other WHERE other.name = wanted
        ) THEN
            -- Commands find a device by its name.
            wanted := wanted || ' (' || found.identity || ')';
        END IF;
        INSERT INTO iot_personal_hub.dim_devices (name, type, room)
        VALUES (
            wanted,
            CASE
                WHEN found.protocol IN ('owntracks', 'sensorlogger') THEN 'smartphone'
                WHEN found.protocol = 'teslamate' THEN 'car'
                ELSE 'sensor'
            END,
            nullif(btrim(found.area), ''))
        RETURNING id INTO device;
    END IF;

    UPDATE iot_personal_hub.discovered_devices AS discovered
    SET status = 'approved', device_id = device
    WHERE discovered.identity = of_identity;

    RETURN device;
END
$$;
