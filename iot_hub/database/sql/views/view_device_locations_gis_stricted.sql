-- needs: published_readings
-- Grain: one row per distinct fix of the last 7 days outside all private areas.
CREATE OR REPLACE VIEW iot_personal_hub.view_device_locations_gis_stricted AS
SELECT
    published.event_id AS id,
    published.device_id,
    floor(date_part('epoch', published.location_time))::bigint AS device_timestamp,
    published.location,
    published.location_time
FROM iot_personal_hub.published_locations AS published
WHERE published.location_time >= now() - interval '7 days'
  AND published.location_time <= now();

COMMENT ON VIEW iot_personal_hub.view_device_locations_gis_stricted IS
    'One row per distinct fix of the last 7 days outside all private areas.';
