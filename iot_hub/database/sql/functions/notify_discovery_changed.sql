-- Notifies the MQTT receiver that the owner has decided about a device or a rule. What the receiver itself notes of
-- devices (labels, availability, times) is no decision.
CREATE OR REPLACE FUNCTION iot_personal_hub.notify_discovery_changed()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NOTIFY iot_hub_discovery_changed;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER discovered_devices_notify
AFTER UPDATE OF status, device_id OR DELETE OR TRUNCATE ON iot_personal_hub.discovered_devices
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.notify_discovery_changed();

CREATE OR REPLACE TRIGGER discovery_rules_notify
AFTER INSERT OR UPDATE ON iot_personal_hub.discovery_rules
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.notify_discovery_changed();
