-- Grain: one row per device that the link shows.
CREATE OR REPLACE VIEW iot_hub_shared.devices WITH (security_barrier) AS
SELECT device.device_id, device.name, device.type, device.status, true AS published
FROM iot_personal_hub.published_devices AS device
WHERE device.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[]);

COMMENT ON VIEW iot_hub_shared.devices IS 'One row per device that the link shows.';
