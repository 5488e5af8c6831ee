-- needs: published_readings
-- Grain: one row per device and hour of the last 7 days, without private hours.
-- device_timestamp is the hour's label in the owner's time zone, as the first beta wrote it; the two
-- hours of an autumn night share a label, so date_hour tells them apart.
CREATE OR REPLACE VIEW iot_personal_hub.view_devices_smartphone_battery_usage_current_mA AS
SELECT
    agg.device_id,
    to_char(agg.date_hour AT TIME ZONE setting.time_zone, 'YYYY-MM-DD HH24:00') AS device_timestamp,
    agg.usage_current_mA_min,
    agg.usage_current_mA_avg,
    agg.usage_current_mA_max,
    agg.date_hour
FROM iot_personal_hub.published_hourly_battery_details AS agg
CROSS JOIN iot_personal_hub.published_settings AS setting
WHERE agg.date_hour >= now() - interval '7 days'
  AND agg.date_hour <= now();

COMMENT ON VIEW iot_personal_hub.view_devices_smartphone_battery_usage_current_mA IS
    'One row per device and hour of the last 7 days, without private hours.';
