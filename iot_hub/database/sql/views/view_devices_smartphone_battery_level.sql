-- needs: published_readings
-- Grain: one row per device and hour of the last 7 days, without private hours.
-- device_timestamp is the hour's label in the owner's time zone, as the first beta wrote it; the two
-- hours of an autumn night share a label, so date_hour tells them apart.
CREATE OR REPLACE VIEW iot_personal_hub.view_devices_smartphone_battery_level AS
SELECT
    agg.device_id,
    to_char(agg.date_hour AT TIME ZONE setting.time_zone, 'YYYY-MM-DD HH24:00') AS device_timestamp,
    agg.level_min,
    agg.level_avg,
    agg.level_max,
    agg.date_hour
FROM iot_personal_hub.published_hourly_battery_details AS agg
CROSS JOIN iot_personal_hub.published_settings AS setting
WHERE agg.date_hour >= now() - interval '7 days'
  AND agg.date_hour <= now();

COMMENT ON VIEW iot_personal_hub.view_devices_smartphone_battery_level IS
    'One row per device and hour of the last 7 days, without private hours.';
