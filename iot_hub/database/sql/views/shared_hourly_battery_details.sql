-- Grain: one row per device and UTC hour that the link shows: none without measurements, and whole hours only.
CREATE OR REPLACE VIEW iot_hub_shared.hourly_battery_details WITH (security_barrier) AS
SELECT
    hourly.device_id,
    hourly.date_hour,
    hourly.temperature_min,
    hourly.temperature_avg,
    hourly.temperature_max,
    hourly.level_min,
    hourly.level_avg,
    hourly.level_max,
    hourly.usage_current_mA_min,
    hourly.usage_current_mA_avg,
    hourly.usage_current_mA_max
FROM iot_personal_hub.published_hourly_battery_details AS hourly
WHERE (SELECT access.measurements FROM iot_hub_shared.access AS access)
  AND hourly.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
  AND hourly.date_hour >= (SELECT access.since FROM iot_hub_shared.access AS access)
  AND hourly.date_hour <= (SELECT access.until - interval '1 hour' FROM iot_hub_shared.access AS access);

COMMENT ON VIEW iot_hub_shared.hourly_battery_details IS
    'One row per device and UTC hour that the link shows; none without measurements.';
