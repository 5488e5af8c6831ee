-- An hour without any battery value has no row: a gap is a gap.
WITH measured AS (
    SELECT
        iot_personal_hub.hour_part(raw.device_time, p_cuts) AS date_hour,
        iot_personal_hub.number_at(raw.properties, '{battery,temperature_C}') AS temperature,
        iot_personal_hub.number_at(raw.properties, '{battery,remaining_percent}') AS level,
        iot_personal_hub.number_at(raw.properties, '{battery,usage_current_mA}') AS usage_current
    FROM iot_personal_hub.raw_devices_properties AS raw
    WHERE raw.device_id = p_device_id
      AND raw.device_time >= p_since
      AND raw.device_time < p_until
      AND raw.duplicate_of IS NULL
      AND raw.properties ? 'battery'
    -- Keeps the planner from taking each number out of the JSON once for every mention of it.
    OFFSET 0
)
SELECT
    measured.date_hour,
    min(measured.temperature) AS temperature_min,
    avg(measured.temperature) AS temperature_avg,
    max(measured.temperature) AS temperature_max,
    min(measured.level) AS level_min,
    avg(measured.level) AS level_avg,
    max(measured.level) AS level_max,
    min(measured.usage_current) AS usage_current_mA_min,
    avg(measured.usage_current) AS usage_current_mA_avg,
    max(measured.usage_current) AS usage_current_mA_max
FROM measured
WHERE coalesce(measured.temperature, measured.level, measured.usage_current) IS NOT NULL
GROUP BY measured.date_hour
