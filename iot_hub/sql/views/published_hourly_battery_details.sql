-- Grain: one row per device and UTC hour of which nothing is hidden.
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

COMMENT ON VIEW iot_personal_hub.published_hourly_battery_details IS
    'One row per device and UTC hour of which nothing is hidden.';
