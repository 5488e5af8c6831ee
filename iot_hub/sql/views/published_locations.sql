-- Grain: one row per distinct fix that may be shown.
-- The event's own id would tell how many events were hidden in between; this one tells rows apart.
CREATE OR REPLACE VIEW iot_personal_hub.published_locations WITH (security_barrier) AS
SELECT
    iot_personal_hub.opaque_id(secret.value, location.event_id) AS event_id,
    location.device_id,
    location.location_time,
    location.latitude,
    location.longitude,
    location.altitude_m,
    location.accuracy_m,
    location.speed_ms,
    location.bearing,
    st_setsrid(st_makepoint(location.longitude, location.latitude), 4326) AS location
FROM iot_personal_hub.locations AS location
LEFT JOIN iot_personal_hub.hub_settings AS secret ON secret.name = 'mask_secret'
WHERE NOT location.hidden
  AND location.outlier IS NULL
  AND (location.location_time < now() - interval '15 minutes'
       OR NOT EXISTS (
           SELECT
           FROM iot_personal_hub.private_spans AS any_span
           WHERE any_span.device_id = location.device_id));

COMMENT ON VIEW iot_personal_hub.published_locations IS
    'One row per distinct fix that may be shown. Metres, m/s, degrees.';
