-- The metrics of the battery, side by side as the first beta had them.
SELECT
    agg.date_hour,
    max(agg.min) FILTER (WHERE agg.metric = 'battery.temperature') AS temperature_min,
    max(agg.avg) FILTER (WHERE agg.metric = 'battery.temperature') AS temperature_avg,
    max(agg.max) FILTER (WHERE agg.metric = 'battery.temperature') AS temperature_max,
    max(agg.min) FILTER (WHERE agg.metric = 'battery.level') AS level_min,
    max(agg.avg) FILTER (WHERE agg.metric = 'battery.level') AS level_avg,
    max(agg.max) FILTER (WHERE agg.metric = 'battery.level') AS level_max,
    max(agg.min) FILTER (WHERE agg.metric = 'battery.usage_current') AS usage_current_mA_min,
    max(agg.avg) FILTER (WHERE agg.metric = 'battery.usage_current') AS usage_current_mA_avg,
    max(agg.max) FILTER (WHERE agg.metric = 'battery.usage_current') AS usage_current_mA_max
FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
WHERE agg.device_id = p_device_id
  AND agg.metric IN ('battery.level', 'battery.temperature', 'battery.usage_current')
  AND agg.date_hour >= p_since
  AND agg.date_hour < p_until
GROUP BY agg.date_hour
