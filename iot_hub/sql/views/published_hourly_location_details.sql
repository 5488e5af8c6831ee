-- Grain: one row per device and UTC hour that no private area touches.
CREATE OR REPLACE VIEW iot_personal_hub.published_hourly_location_details WITH (security_barrier) AS
SELECT
    agg.device_id,
    agg.date_hour,
    agg.altitude_min,
    agg.altitude_avg,
    agg.altitude_max,
    agg.latitude_min,
    agg.latitude_avg,
    agg.latitude_max,
    agg.longitude_min,
    agg.longitude_avg,
    agg.longitude_max
FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.private_hours AS hidden
    WHERE hidden.device_id = agg.device_id AND hidden.date_hour = agg.date_hour
);

COMMENT ON VIEW iot_personal_hub.published_hourly_location_details IS
    'One row per device and UTC hour that no private area touches.';
