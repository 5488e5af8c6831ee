-- Grain: one row per device and UTC hour that the link shows: none without measurements, and whole hours only.
CREATE OR REPLACE VIEW iot_hub_shared.hourly_events_counter WITH (security_barrier) AS
SELECT
    hourly.device_id,
    hourly.date_hour,
    hourly.count_events
FROM iot_personal_hub.published_hourly_events_counter AS hourly
WHERE (SELECT access.measurements FROM iot_hub_shared.access AS access)
  AND hourly.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
  AND hourly.date_hour >= (SELECT access.since FROM iot_hub_shared.access AS access)
  AND hourly.date_hour <= (SELECT access.until - interval '1 hour' FROM iot_hub_shared.access AS access);

COMMENT ON VIEW iot_hub_shared.hourly_events_counter IS
    'One row per device and UTC hour that the link shows; none without measurements.';
