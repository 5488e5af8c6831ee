-- needs: published_readings
-- Grain: one row per device, metric and hour that the link shows: none without measurements, but for the
-- altitude, which belongs to a position, and whole hours only. With reduced precision, nothing that measures movement.
CREATE OR REPLACE VIEW iot_hub_shared.hourly_metrics WITH (security_barrier) AS
SELECT
    hourly.device_id,
    hourly.date_hour,
    hourly.metric,
    hourly.count,
    hourly.min,
    hourly.avg,
    hourly.max,
    hourly.sum,
    hourly.first,
    hourly.last,
    hourly.unit
FROM iot_personal_hub.published_hourly_metrics AS hourly
WHERE ((SELECT access.measurements FROM iot_hub_shared.access AS access) OR hourly.metric = 'location.altitude')
  AND hourly.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
  AND hourly.date_hour >= (SELECT access.since FROM iot_hub_shared.access AS access)
  AND hourly.date_hour < (SELECT access.end_of_hours FROM iot_hub_shared.access AS access)
  AND ((SELECT access.precision_m FROM iot_hub_shared.access AS access) = 0
       OR split_part(hourly.metric, '.', 1) NOT IN ('location', 'motion', 'vehicle'));

COMMENT ON VIEW iot_hub_shared.hourly_metrics IS
    'One row per device, metric and hour that the link shows; none without measurements, but for the altitude.';
