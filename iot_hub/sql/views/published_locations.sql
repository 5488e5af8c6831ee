-- Grain: one row per distinct fix outside all private areas.
CREATE OR REPLACE VIEW iot_personal_hub.published_locations WITH (security_barrier) AS
SELECT
    location.event_id,
    location.device_id,
    location.location_time,
    location.latitude,
    location.longitude,
    iot_personal_hub.number_at(location.properties, '{altitude_m}')::double precision AS altitude_m,
    iot_personal_hub.number_at(location.properties, '{fix_accuracy_m}')::double precision AS accuracy_m,
    iot_personal_hub.number_at(location.properties, '{fix_speed_ms}')::double precision AS speed_ms,
    iot_personal_hub.number_at(location.properties, '{bearing}')::double precision AS bearing,
    st_setsrid(st_makepoint(location.longitude, location.latitude), 4326) AS location
FROM iot_personal_hub.locations AS location
WHERE NOT location.private;

COMMENT ON VIEW iot_personal_hub.published_locations IS
    'One row per distinct fix outside all private areas. Metres, m/s, degrees.';
