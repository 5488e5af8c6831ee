-- Grain: one row per device, metric and UTC hour of which nothing is hidden.
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
-- An hour publishes its totals if nothing of it is hidden: the same condition in all four.
WHERE (
    SELECT span.ends >= agg.date_hour
    FROM iot_personal_hub.private_spans AS span
    WHERE span.device_id = agg.device_id AND span.starts < agg.date_hour + interval '1 hour'
    ORDER BY span.starts DESC
    LIMIT 1
) IS NOT TRUE
AND NOT EXISTS (
    SELECT
    FROM iot_personal_hub.private_hours AS unplaced
    WHERE unplaced.device_id = agg.device_id AND unplaced.date_hour = agg.date_hour
)
-- A running total would tell to the minute when it stops.
AND (agg.date_hour < now() - interval '1 hour 15 minutes'
     OR NOT EXISTS (
         SELECT
         FROM iot_personal_hub.private_spans AS any_span
         WHERE any_span.device_id = agg.device_id));

COMMENT ON VIEW iot_personal_hub.published_hourly_metrics IS
    'One row per device, metric and UTC hour of which nothing is hidden.';
