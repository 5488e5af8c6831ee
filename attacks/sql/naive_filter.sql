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

GRANT USAGE ON SCHEMA naive_filter TO iot_hub_viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA naive_filter TO iot_hub_viewer;
