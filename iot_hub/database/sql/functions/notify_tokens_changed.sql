-- Notifies every receiver that a token was issued or revoked, or a payload key changed.
CREATE OR REPLACE FUNCTION iot_personal_hub.notify_tokens_changed()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NOTIFY iot_hub_tokens_changed;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER device_tokens_notify
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON iot_personal_hub.device_tokens
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.notify_tokens_changed();

CREATE OR REPLACE TRIGGER dim_devices_notify
AFTER UPDATE OR DELETE OR TRUNCATE ON iot_personal_hub.dim_devices
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.notify_tokens_changed();

CREATE OR REPLACE TRIGGER device_payload_keys_notify
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON iot_personal_hub.device_payload_keys
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.notify_tokens_changed();
