-- needs: published_readings
-- Grain: one row per distinct fix that the link shows; with reduced precision, per cell and step.
CREATE OR REPLACE VIEW iot_hub_shared.locations WITH (security_barrier) AS
SELECT
    location.event_id,
    location.device_id,
    location.location_time,
    location.latitude,
    location.longitude,
    location.altitude_m,
    location.accuracy_m,
    location.speed_ms,
    location.bearing,
    location.location,
    location.sequence::bigint AS sequence
FROM iot_personal_hub.published_locations AS location
WHERE (SELECT access.precision_m FROM iot_hub_shared.access AS access) = 0
  AND location.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
  AND location.location_time >= (SELECT access.since FROM iot_hub_shared.access AS access)
  AND location.location_time < (SELECT access.until FROM iot_hub_shared.access AS access)
UNION ALL
SELECT
    cell.event_id,
    cell.device_id,
    cell.location_time,
    cell.latitude,
    cell.longitude,
    NULL,
    NULL,
    NULL,
    NULL,
    st_setsrid(st_makepoint(cell.longitude, cell.latitude), 4326),
    -- In which order a device was in the cells of a step would narrow its positions down.
    1
FROM iot_hub_shared.cells AS cell;

COMMENT ON VIEW iot_hub_shared.locations IS
    'One row per distinct fix that the link shows; with reduced precision, per cell of the grid and step of time.';
