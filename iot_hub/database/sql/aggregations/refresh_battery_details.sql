-- Replaces agg_hourly_devices_smartphone_battery_details of a device between two whole hours.
-- An hour without any battery value has no row: a gap is a gap.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_battery_details(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS agg (
        device_id, date_hour,
        temperature_min, temperature_avg, temperature_max,
        level_min, level_avg, level_max,
        usage_current_mA_min, usage_current_mA_avg, usage_current_mA_max)
    WITH measured AS (
        SELECT
            raw.device_id,
            date_trunc('hour', raw.device_time, 'UTC') AS date_hour,
            iot_personal_hub.number_at(raw.properties, '{battery,temperature_C}') AS temperature,
            iot_personal_hub.number_at(raw.properties, '{battery,remaining_percent}') AS level,
            iot_personal_hub.number_at(raw.properties, '{battery,usage_current_mA}') AS usage_current
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = the_device
          AND raw.device_time >= window_start
          AND raw.device_time < window_end
          AND raw.duplicate_of IS NULL
          AND raw.properties ? 'battery'
        -- Keeps the planner from taking each number out of the JSON once for every mention of it.
        OFFSET 0
    ),
    hourly AS (
        SELECT
            measured.device_id,
            measured.date_hour,
            min(measured.temperature) AS temperature_min,
            avg(measured.temperature) AS temperature_avg,
            max(measured.temperature) AS temperature_max,
            min(measured.level) AS level_min,
            avg(measured.level) AS level_avg,
            max(measured.level) AS level_max,
            min(measured.usage_current) AS usage_current_min,
            avg(measured.usage_current) AS usage_current_avg,
            max(measured.usage_current) AS usage_current_max
        FROM measured
        WHERE coalesce(measured.temperature, measured.level, measured.usage_current) IS NOT NULL
        GROUP BY measured.device_id, measured.date_hour
    )
    SELECT
        hourly.device_id, hourly.date_hour,
        hourly.temperature_min, hourly.temperature_avg, hourly.temperature_max,
        hourly.level_min, hourly.level_avg, hourly.level_max,
        hourly.usage_current_min, hourly.usage_current_avg, hourly.usage_current_max
    FROM hourly
    ON CONFLICT (device_id, date_hour) DO UPDATE SET
        temperature_min = excluded.temperature_min,
        temperature_avg = excluded.temperature_avg,
        temperature_max = excluded.temperature_max,
        level_min = excluded.level_min,
        level_avg = excluded.level_avg,
        level_max = excluded.level_max,
        usage_current_mA_min = excluded.usage_current_mA_min,
        usage_current_mA_avg = excluded.usage_current_mA_avg,
        usage_current_mA_max = excluded.usage_current_mA_max,
        updated_at = now();
END
$$;
