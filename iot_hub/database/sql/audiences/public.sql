-- The public's views: what is published, under the names that every audience has.

CREATE OR REPLACE VIEW iot_hub_public.devices AS
SELECT published.device_id, published.name, published.type, published.status, true AS published
FROM iot_personal_hub.published_devices AS published;
COMMENT ON VIEW iot_hub_public.devices IS 'One row per device.';

CREATE OR REPLACE VIEW iot_hub_public.events AS
SELECT published.id, published.device_id, published.device_time, published.source, published.properties
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
    published.location
FROM iot_personal_hub.published_locations AS published;
COMMENT ON VIEW iot_hub_public.locations IS 'One row per distinct fix that may be shown. Metres, m/s, degrees.';

CREATE OR REPLACE VIEW iot_hub_public.last_seen AS
SELECT published.device_id, published.last_seen, published.battery_level, published.battery_time
FROM iot_personal_hub.published_last_seen AS published;
COMMENT ON VIEW iot_hub_public.last_seen IS 'One row per device that has published anything.';

CREATE OR REPLACE VIEW iot_hub_public.hourly_events_counter AS
SELECT published.device_id, published.date_hour, published.count_events
FROM iot_personal_hub.published_hourly_events_counter AS published;
COMMENT ON VIEW iot_hub_public.hourly_events_counter IS 'One row per device and UTC hour of which nothing is hidden.';

CREATE OR REPLACE VIEW iot_hub_public.hourly_battery_details AS
SELECT
    published.device_id,
    published.date_hour,
    published.temperature_min,
    published.temperature_avg,
    published.temperature_max,
    published.level_min,
    published.level_avg,
    published.level_max,
    published.usage_current_mA_min,
    published.usage_current_mA_avg,
    published.usage_current_mA_max
FROM iot_personal_hub.published_hourly_battery_details AS published;
COMMENT ON VIEW iot_hub_public.hourly_battery_details IS 'One row per device and UTC hour of which nothing is hidden.';

CREATE OR REPLACE VIEW iot_hub_public.hourly_location_details AS
SELECT
    published.device_id,
    published.date_hour,
    published.altitude_min,
    published.altitude_avg,
    published.altitude_max,
    published.latitude_min,
    published.latitude_avg,
    published.latitude_max,
    published.longitude_min,
    published.longitude_avg,
    published.longitude_max
FROM iot_personal_hub.published_hourly_location_details AS published;
COMMENT ON VIEW iot_hub_public.hourly_location_details IS 'One row per device and UTC hour of which nothing is hidden.';

CREATE OR REPLACE VIEW iot_hub_public.hourly_metrics AS
SELECT
    published.device_id,
    published.date_hour,
    published.metric,
    published.count,
    published.min,
    published.avg,
    published.max,
    published.sum,
    published.first,
    published.last,
    published.unit
FROM iot_personal_hub.published_hourly_metrics AS published;
COMMENT ON VIEW iot_hub_public.hourly_metrics IS 'One row per device, metric and UTC hour of which nothing is hidden.';
