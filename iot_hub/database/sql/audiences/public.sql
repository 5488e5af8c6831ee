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

CREATE OR REPLACE VIEW iot_hub_public.journeys AS
SELECT
    journey.device_id, journey.starts, journey.ends, journey.kind, journey.mode, journey.latitude, journey.longitude,
    journey.distance_m, journey.extent_m, journey.is_continued, journey.legs,
    journey.path_10, journey.path_50, journey.path_500
FROM iot_personal_hub.published_journeys AS journey;
COMMENT ON VIEW iot_hub_public.journeys IS 'One row per trip that published fixes make; per stay, where the owner publishes stays.';

CREATE OR REPLACE VIEW iot_hub_public.journey_legs AS
SELECT
    leg.device_id, leg.starts, leg.trip_starts, leg.ends, leg.mode, leg.distance_m,
    leg.path_10, leg.path_50, leg.path_500
FROM iot_personal_hub.published_journey_legs AS leg;
COMMENT ON VIEW iot_hub_public.journey_legs IS 'One row per leg of a trip that was made in several modes.';

CREATE OR REPLACE VIEW iot_hub_public.map_cells AS
SELECT tile.device_id, tile.level, tile.tile_x, tile.tile_y, tile.month, tile.first_day, tile.cells, tile.seconds
FROM iot_personal_hub.published_map_cells AS tile;
COMMENT ON VIEW iot_hub_public.map_cells IS
    'One row per tile of a level (zoom 2 to 14, every second one), device and month (UTC) through which trips led.';

CREATE OR REPLACE VIEW iot_hub_public.visits AS
SELECT
    NULL::integer AS device_id, NULL::timestamptz AS starts, NULL::text AS name, NULL::text AS kind, NULL::text AS zone
WHERE false;
COMMENT ON VIEW iot_hub_public.visits IS 'No rows: names of places are not published.';

CREATE OR REPLACE VIEW iot_hub_public.named_journeys AS
SELECT
    trip.device_id, trip.starts, trip.ends, trip.kind, trip.mode, trip.distance_m, trip.is_continued,
    NULL::integer AS place_id, NULL::text AS place, NULL::text AS place_kind, NULL::text AS country_code,
    NULL::text AS country, NULL::text AS region, NULL::text AS city
FROM iot_personal_hub.published_journeys AS trip
WHERE trip.kind = 'trip';
COMMENT ON VIEW iot_hub_public.named_journeys IS 'One row per trip that published fixes make: stays have names, and these are not published.';

CREATE OR REPLACE VIEW iot_hub_public.journey_moves AS
SELECT
    trip.device_id,
    trip.starts AS trip_starts,
    coalesce(leg.starts, trip.starts) AS starts,
    coalesce(leg.ends, trip.ends) AS ends,
    CASE WHEN leg.starts IS NULL THEN trip.mode ELSE leg.mode END AS mode,
    coalesce(leg.distance_m, trip.distance_m) AS distance_m,
    CASE WHEN leg.starts IS NULL THEN trip.path_500 ELSE leg.path_500 END AS path_500
FROM iot_personal_hub.published_journeys AS trip
LEFT JOIN iot_personal_hub.published_journey_legs AS leg
    ON leg.device_id = trip.device_id AND leg.trip_starts = trip.starts AND trip.legs > 0
WHERE trip.kind = 'trip';
COMMENT ON VIEW iot_hub_public.journey_moves IS 'One row per leg of a published trip; per trip where it has no legs.';
