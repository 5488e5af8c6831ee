-- Grain: one row per device.
CREATE OR REPLACE VIEW iot_personal_hub.published_devices WITH (security_barrier) AS
SELECT device.id AS device_id, device.name, device.type, device.status
FROM iot_personal_hub.dim_devices AS device;

COMMENT ON VIEW iot_personal_hub.published_devices IS 'One row per device.';
