-- The owner's views: everything, nothing left out and nothing late. Same names and columns as
-- the other audiences'. iot_hub_viewer has no right here.

CREATE OR REPLACE VIEW iot_hub_owner.devices AS
SELECT device.id AS device_id, device.name, device.type, device.status, device.published
FROM iot_personal_hub.dim_devices AS device;
COMMENT ON VIEW iot_hub_owner.devices IS 'One row per device.';

CREATE OR REPLACE VIEW iot_hub_owner.events AS
SELECT raw.id, raw.device_id, raw.device_time, raw.source, raw.properties, raw.id AS sequence
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.duplicate_of IS NULL;
COMMENT ON VIEW iot_hub_owner.events IS 'One row per event, as it came.';

CREATE OR REPLACE VIEW iot_hub_owner.locations AS
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
    st_setsrid(st_makepoint(location.longitude, location.latitude), 4326) AS location,
    -- Fixes of one instant are in the order in which they came.
    location.event_id AS sequence
FROM iot_personal_hub.locations AS location
WHERE location.outlier IS NULL;
COMMENT ON VIEW iot_hub_owner.locations IS 'One row per distinct fix that is no outlier. Metres, m/s, degrees.';

CREATE OR REPLACE VIEW iot_hub_owner.last_seen AS
SELECT device.id AS device_id, seen.last_seen, seen.battery_level, seen.battery_time
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL iot_personal_hub.last_seen_of(device.id) AS seen;
COMMENT ON VIEW iot_hub_owner.last_seen IS
    'One row per device that has an event: its newest that has happened, and the newest battery level of that hour, in percent.';

CREATE OR REPLACE VIEW iot_hub_owner.journeys AS
SELECT
    journey.device_id, journey.starts, journey.ends, journey.kind, journey.mode, journey.latitude, journey.longitude,
    journey.distance_m, journey.extent_m, journey.is_continued, journey.legs,
    journey.path_10, journey.path_50, journey.path_500
FROM iot_personal_hub.journeys AS journey;
COMMENT ON VIEW iot_hub_owner.journeys IS 'One row per stay, trip or gap of a device.';

CREATE OR REPLACE VIEW iot_hub_owner.journey_legs AS
SELECT
    leg.device_id, leg.starts, leg.trip_starts, leg.ends, leg.mode, leg.distance_m,
    leg.path_10, leg.path_50, leg.path_500
FROM iot_personal_hub.journey_legs AS leg;
COMMENT ON VIEW iot_hub_owner.journey_legs IS 'One row per leg of a trip that was made in several modes.';

CREATE OR REPLACE VIEW iot_hub_owner.map_cells AS
SELECT tile.device_id, tile.level, tile.tile_x, tile.tile_y, tile.month, tile.first_day, tile.cells, tile.seconds
FROM iot_personal_hub.map_cells AS tile;
COMMENT ON VIEW iot_hub_owner.map_cells IS
    'One row per tile of a level (zoom 2 to 14, every second one), device and month (UTC) in which it was there.';

CREATE OR REPLACE VIEW iot_hub_owner.visits AS
SELECT visit.device_id, visit.starts, visit.name, visit.kind, visit.zone
FROM iot_personal_hub.visits AS visit;
COMMENT ON VIEW iot_hub_owner.visits IS 'One row per stay of a device, with the name of its place.';

CREATE OR REPLACE VIEW iot_hub_owner.named_journeys AS
SELECT
    journey.device_id, journey.starts, journey.ends, journey.kind, journey.mode, journey.distance_m, journey.is_continued,
    journey.place_id, journey.place, journey.place_kind, journey.country_code, journey.country, journey.region, journey.city
FROM iot_personal_hub.named_journeys AS journey;
COMMENT ON VIEW iot_hub_owner.named_journeys IS 'One row per stay, trip or gap of a device; a stay with the name of its place.';

CREATE OR REPLACE VIEW iot_hub_owner.journey_moves AS
SELECT move.device_id, move.trip_starts, move.starts, move.ends, move.mode, move.distance_m, move.path_500
FROM iot_personal_hub.moves AS move;
COMMENT ON VIEW iot_hub_owner.journey_moves IS 'One row per leg of a trip; per trip where it has no legs.';
