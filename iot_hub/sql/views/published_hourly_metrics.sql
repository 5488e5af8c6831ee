-- Grain: one row per device, metric and UTC hour that no private area touches.
CREATE OR REPLACE VIEW iot_personal_hub.published_hourly_metrics WITH (security_barrier) AS
SELECT
    agg.device_id,
    agg.date_hour,
    agg.metric,
    agg.count,
    agg.min,
    agg.avg,
    agg.max,
    agg.sum,
    agg.first,
    agg.last,
    catalogue.unit
FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
JOIN iot_personal_hub.dim_metrics AS catalogue ON catalogue.metric = agg.metric
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.private_hours AS hidden
    WHERE hidden.device_id = agg.device_id AND hidden.date_hour = agg.date_hour
);

COMMENT ON VIEW iot_personal_hub.published_hourly_metrics IS
    'One row per device, metric and UTC hour that no private area touches.';
