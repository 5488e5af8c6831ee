-- A device's token as its password at the hub's own MQTT broker, which hashes it in a way of its own.

ALTER TABLE iot_personal_hub.device_tokens
    ADD COLUMN mqtt_hash text,
    ADD CONSTRAINT device_tokens_mqtt_hash_is_mosquittos
        CHECK (mqtt_hash ~ '^\$7\$[0-9]+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+$');
COMMENT ON COLUMN iot_personal_hub.device_tokens.mqtt_hash IS
    'The token as Mosquitto stores a password; null: the token is no password there, as one issued by an earlier version or for another app of the same device.';
