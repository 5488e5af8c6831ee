-- The public's views: what is published, under the names that every audience has.

CREATE OR REPLACE VIEW iot_hub_public.devices AS
SELECT published.device_id, published.name, published.type, published.status, true AS published
FROM iot_personal_hub.published_devices AS published;
COMMENT ON VIEW iot_hub_public.devices IS 'One row per device.';

CREATE OR REPLACE VIEW iot_hub_public.events AS
SELECT
    published.id,
    published.device_id,
    published.device_time,
    published.source,
    published.properties,
    published.sequence::bigint AS sequence
FROM iot_personal_hub.published_events AS published;
COMMENT ON VIEW iot_hub_public.events IS 'One row per event that may be shown.';

CREATE OR REPLACE VIEW iot_hub_public.locations AS
SELECT
    published.event_id,
    published.device_id,
    published.location_time,
    published.latitude,
    published.longitude,
    published.altitude_m,
    published.accuracy_m,
    published.speed_ms,
    published.bearing,
    published.location,
    published.sequence::bigint AS sequence
FROM iot_personal_hub.published_locations AS published;
COMMENT ON VIEW iot_hub_public.locations IS 'One row per distinct fix that may be shown. Metres, m/s, degrees.';

CREATE OR REPLACE VIEW iot_hub_public.last_seen AS
SELECT published.device_id, published.last_seen, published.battery_level, published.battery_time
FROM iot_personal_hub.published_last_seen AS published;
COMMENT ON VIEW iot_hub_public.last_seen IS 'One row per device that has published anything.';
