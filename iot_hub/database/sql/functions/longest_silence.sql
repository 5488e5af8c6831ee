-- How long a device may be silent while its states last. A sensor on a battery reports once a day at least; Zigbee2MQTT
-- calls it offline after 25 hours, too.
CREATE OR REPLACE FUNCTION iot_personal_hub.longest_silence()
RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT interval '25 hours'
$$;
