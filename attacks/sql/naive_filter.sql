-- What the first beta published, over the same data: fixes that are not within a drawn polygon,
-- and everything else as it is. Named as the hub's views, so that the same questions can be asked.
CREATE SCHEMA naive_filter;

CREATE VIEW naive_filter.published_locations AS
SELECT location.device_id, location.location_time, location.latitude, location.longitude, location.speed_ms
FROM iot_personal_hub.locations AS location
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.dim_blocked_areas AS area
    WHERE st_within(st_setsrid(st_makepoint(location.longitude, location.latitude), 4326), area.polygon));

CREATE VIEW naive_filter.published_events AS
SELECT raw.device_id, raw.device_time, raw.properties - 'location' AS properties
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.duplicate_of IS NULL;

CREATE VIEW naive_filter.published_hourly_events_counter AS
SELECT hourly.device_id, hourly.date_hour, hourly.count_events
FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly;

CREATE VIEW naive_filter.published_hourly_location_details AS
SELECT hourly.device_id, hourly.date_hour, hourly.latitude_avg, hourly.longitude_avg
FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS hourly;

-- Trips without what of their lines is in an area, with their whole lengths, and stays whose position is in none.
CREATE VIEW naive_filter.published_journeys AS
SELECT
    trip.device_id, trip.kind, trip.starts, trip.ends, trip.distance_m,
    NULL::double precision AS latitude, NULL::double precision AS longitude,
    st_difference(trip.path_10, coalesce((
        SELECT st_union(st_transform(area.polygon, 3857)) FROM iot_personal_hub.dim_blocked_areas AS area
        WHERE trip.path_10 && st_transform(area.polygon, 3857)),
        st_geomfromtext('POLYGON EMPTY', 3857))) AS path_10
FROM iot_personal_hub.journeys AS trip
WHERE trip.kind = 'trip'
UNION ALL
SELECT
    stay.device_id, stay.kind, stay.starts, stay.ends, NULL, stay.latitude, stay.longitude, NULL
FROM iot_personal_hub.journeys AS stay
WHERE stay.kind = 'stay'
  AND NOT EXISTS (
      SELECT FROM iot_personal_hub.dim_blocked_areas AS area
      WHERE st_covers(area.polygon, st_setsrid(st_makepoint(stay.longitude, stay.latitude), 4326)));

CREATE VIEW naive_filter.published_map_cells AS
SELECT tile.device_id, tile.level, tile.tile_x, tile.tile_y, tile.first_day, tile.cells, tile.seconds
FROM iot_personal_hub.map_cells AS tile;

GRANT USAGE ON SCHEMA naive_filter TO iot_hub_viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA naive_filter TO iot_hub_viewer;
