-- Names that mislead today. Users, dashboards and older versions read them, so they stay and say what they hold.

COMMENT ON TABLE iot_personal_hub.raw_devices_properties IS
    'One row per event, as it came. Append-only. Partitioned by calendar month of device_time (UTC). The name is the first beta''s: elsewhere these are "events".';
COMMENT ON COLUMN iot_personal_hub.raw_devices_properties.created_at_cest IS
    'When the hub stored the event ("received at"). A timestamptz like any other, not CEST: the name is the first beta''s.';
COMMENT ON COLUMN iot_personal_hub.raw_devices_properties.device_timestamp IS
    'device_time in Unix seconds, rounded down. Despite its name a bigint; the first beta''s, kept for its readers.';

COMMENT ON TABLE iot_personal_hub.dim_blocked_areas IS
    'One row per private area, as interface and commands call it: it blocks nothing, it masks what was measured inside.';
COMMENT ON COLUMN iot_personal_hub.dim_blocked_areas.polygon IS
    'What the owner drew, a polygon or a multipolygon. What is masked is its zone: the polygon grown by reach_m and moved by shift_east_m and shift_north_m.';
COMMENT ON COLUMN iot_personal_hub.dim_blocked_areas.reach_m IS
    'How far the zone extends around the polygon, in metres, before it is displaced: margin_m, or more where the displacement needs it.';

COMMENT ON TABLE iot_personal_hub.enum_device_type IS
    'One row per type of device. A table, not an enum: owners may add types.';
COMMENT ON VIEW iot_personal_hub.dim_metrics IS
    'One row per number that is rolled up by the hour: a view of dim_properties, under the name that was a table until 1.1. Rows may be added, changed and deleted; a deleted row of the catalogue''s is switched off.';

COMMENT ON TABLE iot_personal_hub.agg_hourly_devices_smartphone_events_counter IS
    'One row per device and hour with at least one event. Of every device, not only of smartphones.';
COMMENT ON TABLE iot_personal_hub.agg_hourly_devices_smartphone_battery_details IS
    'One row per device and hour with a battery reading. Of every device, not only of smartphones. NULL: not measured. °C, %, mA.';
COMMENT ON TABLE iot_personal_hub.agg_hourly_devices_smartphone_location_details IS
    'One row per device and hour in which a fix was taken. Of every device, not only of smartphones. NULL: not measured. Metres, degrees.';

COMMENT ON TABLE iot_personal_hub.roll_up_makers IS
    'One row per external scheduler (airflow, pg_cron) that was ever configured to refresh the roll-ups. The worker has no row.';
COMMENT ON COLUMN iot_personal_hub.roll_up_makers.maker IS 'The scheduler.';
COMMENT ON COLUMN iot_personal_hub.roll_up_makers.ran_at IS
    'The scheduler''s heartbeat: when it last refreshed the roll-ups, or was configured. Two hours of silence fail over to the worker.';

COMMENT ON COLUMN iot_personal_hub.retention_rules.family IS
    'A group: a top-level key of properties, such as battery or location.';
COMMENT ON COLUMN iot_personal_hub.quarantine.circumstances IS
    'How the body was received: received_at (Unix microseconds), content_type, time_zone, topic. NULL: the payload is one part.';
COMMENT ON COLUMN iot_personal_hub.quarantine.times IS 'How often the same payload was rejected for the same reason.';
COMMENT ON COLUMN iot_personal_hub.agg_hourly_devices_smartphone_events_counter.count_unplaced IS
    'How many of the events have an unreadable position, so that no private area can be checked. NULL: not counted yet.';

COMMENT ON VIEW iot_personal_hub.view_device_locations_gis_stricted IS
    'One row per published fix of the last 7 days. "Stricted" is the first beta''s word for: without private areas.';
COMMENT ON VIEW iot_personal_hub.view_devices_smartphone_location_gis_stricted IS
    'One row per published fix of the last 7 days: view_device_locations_gis_stricted under the first beta''s newer name.';
COMMENT ON COLUMN iot_personal_hub.view_devices_smartphone_battery_level.device_timestamp IS
    'The hour in the owner''s time zone as a text, YYYY-MM-DD HH24:00; date_hour is unique.';
COMMENT ON COLUMN iot_personal_hub.view_devices_smartphone_battery_temperature.device_timestamp IS
    'The hour in the owner''s time zone as a text, YYYY-MM-DD HH24:00; date_hour is unique.';
COMMENT ON COLUMN iot_personal_hub.view_devices_smartphone_battery_usage_current_mA.device_timestamp IS
    'The hour in the owner''s time zone as a text, YYYY-MM-DD HH24:00; date_hour is unique.';
COMMENT ON COLUMN iot_personal_hub.view_devices_smartphone_events_counter.device_timestamp IS
    'The hour in the owner''s time zone as a text, YYYY-MM-DD HH24:00; date_hour is unique.';
COMMENT ON COLUMN iot_personal_hub.view_devices_smartphone_location_altitude.device_timestamp IS
    'The hour in the owner''s time zone as a text, YYYY-MM-DD HH24:00; date_hour is unique.';
COMMENT ON COLUMN iot_personal_hub.view_device_locations_gis_stricted.device_timestamp IS
    'location_time in Unix seconds, rounded down.';
