-- Publishes of a device what may be shown between two whole hours, and withdraws what may not. What is not due yet is
-- left for later, and while the device's publication is paused, everything. The caller holds the device's refresh lock.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_window(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql
-- As refresh_window: every statement here looks by key.
SET jit = off
SET enable_seqscan = off
AS $$
DECLARE
    rules record;
BEGIN
    IF NOT EXISTS (
        SELECT FROM iot_personal_hub.dim_devices AS device WHERE device.id = p_device_id AND device.published)
       OR iot_personal_hub.publication_is_paused(p_device_id) THEN
        RETURN;
    END IF;

    SELECT rule.due_before, rule.withheld
    INTO rules
    FROM iot_personal_hub.publication_rules(p_device_id) AS rule;

    PERFORM iot_personal_hub.publish_events(p_device_id, p_since, p_until, rules.due_before, rules.withheld);
    PERFORM iot_personal_hub.publish_locations(p_device_id, p_since, p_until, rules.due_before);
    PERFORM iot_personal_hub.publish_hours(p_device_id, p_since, p_until, rules.due_before, rules.withheld);

    IF p_until > rules.due_before THEN
        PERFORM iot_personal_hub.queue_undue_hours(p_device_id, p_since, p_until, rules.due_before);
    END IF;
END
$$;
