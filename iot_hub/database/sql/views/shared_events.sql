-- needs: published_readings
-- Grain: one row per event that the link shows: none without measurements.
-- With reduced precision, nothing that measures movement: distances between positions would narrow them down.
CREATE OR REPLACE VIEW iot_hub_shared.events WITH (security_barrier) AS
SELECT
    event.id,
    event.device_id,
    event.device_time,
    event.source,
    CASE WHEN (SELECT access.precision_m FROM iot_hub_shared.access AS access) = 0
         THEN event.properties
         ELSE event.properties - '{location,motion,vehicle}'::text[] END AS properties,
    event.sequence::bigint AS sequence
FROM iot_personal_hub.published_events AS event
WHERE (SELECT access.measurements FROM iot_hub_shared.access AS access)
  AND event.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
  AND event.device_time >= (SELECT access.since FROM iot_hub_shared.access AS access)
  AND event.device_time < (SELECT access.until FROM iot_hub_shared.access AS access);

COMMENT ON VIEW iot_hub_shared.events IS 'One row per event that the link shows; none without measurements.';
