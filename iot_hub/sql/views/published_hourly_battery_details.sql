-- Grain: one row per device and UTC hour that no private area touches.
CREATE OR REPLACE VIEW iot_personal_hub.published_hourly_battery_details WITH (security_barrier) AS
SELECT
    agg.device_id,
    agg.date_hour,
    agg.temperature_min,
    agg.temperature_avg,
    agg.temperature_max,
    agg.level_min,
    agg.level_avg,
    agg.level_max,
    agg.usage_current_mA_min,
    agg.usage_current_mA_avg,
    agg.usage_current_mA_max
FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS agg
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.private_hours AS hidden
    WHERE hidden.device_id = agg.device_id AND hidden.date_hour = agg.date_hour
);

COMMENT ON VIEW iot_personal_hub.published_hourly_battery_details IS
    'One row per device and UTC hour that no private area touches.';
