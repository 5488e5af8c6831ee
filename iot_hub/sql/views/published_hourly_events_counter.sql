-- Grain: one row per device and UTC hour that no private area touches.
CREATE OR REPLACE VIEW iot_personal_hub.published_hourly_events_counter WITH (security_barrier) AS
SELECT
    agg.device_id,
    agg.date_hour,
    agg.count_events
FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.private_hours AS hidden
    WHERE hidden.device_id = agg.device_id AND hidden.date_hour = agg.date_hour
);

COMMENT ON VIEW iot_personal_hub.published_hourly_events_counter IS
    'One row per device and UTC hour that no private area touches.';
