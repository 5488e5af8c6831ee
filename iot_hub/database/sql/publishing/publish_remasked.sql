-- Withdraws at once what is hidden of a device now, and queues what is shown now. The caller holds the device's
-- refresh lock.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_remasked(
    p_device_id integer, p_hidden tstzmultirange, p_shown tstzmultirange)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM iot_personal_hub.dim_devices AS device WHERE device.id = p_device_id AND device.published) THEN
        RETURN;
    END IF;
    IF NOT isempty(p_hidden) THEN
        PERFORM iot_personal_hub.withdraw(p_device_id, p_hidden);
    END IF;
    IF NOT isempty(p_shown) THEN
        PERFORM iot_personal_hub.queue_hours(p_device_id, p_shown);
    END IF;
END
$$;
