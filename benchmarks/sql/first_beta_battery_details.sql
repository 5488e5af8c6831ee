-- The first beta's way: one hour, found by looking at every row's time; whole numbers; 0 for what is missing.
INSERT INTO first_beta.agg_hourly_devices_smartphone_battery_details (
    device_id, date_hour, temperature_min, temperature_avg, temperature_max, level_min, level_avg, level_max,
    usage_current_mA_min, usage_current_mA_avg, usage_current_mA_max)
WITH measured AS (
    SELECT
        raw.device_id,
        date_trunc('hour', to_timestamp(raw.device_timestamp)) AS date_hour,
        (raw.properties #> '{battery,temperature_C}')::integer AS temperature,
        (raw.properties #> '{battery,remaining_percent}')::integer AS level,
        (raw.properties #> '{battery,usage_current_mA}')::integer AS usage_current
    FROM first_beta.raw_devices_properties AS raw
    WHERE to_timestamp(raw.device_timestamp) >= %(hour)s
      AND to_timestamp(raw.device_timestamp) < %(hour)s + interval '1 hour'
)
SELECT
    device_id, date_hour,
    coalesce(min(temperature), 0), coalesce(round(avg(temperature), 2), 0), coalesce(max(temperature), 0),
    coalesce(min(level), 0), coalesce(round(avg(level), 2), 0), coalesce(max(level), 0),
    coalesce(min(usage_current), 0), coalesce(round(avg(usage_current), 2), 0), coalesce(max(usage_current), 0)
FROM measured
GROUP BY device_id, date_hour
ON CONFLICT (device_id, date_hour) DO UPDATE SET
    temperature_min = excluded.temperature_min,
    temperature_avg = excluded.temperature_avg,
    temperature_max = excluded.temperature_max,
    level_min = excluded.level_min,
    level_avg = excluded.level_avg,
    level_max = excluded.level_max,
    usage_current_mA_min = excluded.usage_current_mA_min,
    usage_current_mA_avg = excluded.usage_current_mA_avg,
    usage_current_mA_max = excluded.usage_current_mA_max
