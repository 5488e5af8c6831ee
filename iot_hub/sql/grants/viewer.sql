-- What iot_hub_viewer may do: read published views. Everything else is taken away, also what
-- PostgreSQL gives to everyone, also what a later file grants by mistake.
REVOKE ALL ON ALL TABLES IN SCHEMA iot_personal_hub FROM PUBLIC, iot_hub_viewer;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA iot_personal_hub FROM PUBLIC, iot_hub_viewer;
REVOKE ALL ON ALL ROUTINES IN SCHEMA iot_personal_hub FROM PUBLIC, iot_hub_viewer;

-- Views check a function's rights against who reads the view. These read no table.
GRANT EXECUTE ON FUNCTION
    iot_personal_hub.number_at(jsonb, text[]),
    iot_personal_hub.number_of(jsonb),
    iot_personal_hub.opaque_id(text, bigint)
TO iot_hub_viewer;

GRANT SELECT ON
    iot_personal_hub.published_devices,
    iot_personal_hub.published_events,
    iot_personal_hub.published_hourly_battery_details,
    iot_personal_hub.published_hourly_events_counter,
    iot_personal_hub.published_hourly_location_details,
    iot_personal_hub.published_hourly_metrics,
    iot_personal_hub.published_hours,
    iot_personal_hub.published_last_seen,
    iot_personal_hub.published_locations,
    iot_personal_hub.view_device_locations_gis_stricted,
    iot_personal_hub.view_devices_smartphone_battery_level,
    iot_personal_hub.view_devices_smartphone_battery_temperature,
    iot_personal_hub.view_devices_smartphone_battery_usage_current_mA,
    iot_personal_hub.view_devices_smartphone_events_counter,
    iot_personal_hub.view_devices_smartphone_location_altitude,
    iot_personal_hub.view_devices_smartphone_location_gis_stricted
TO iot_hub_viewer;

-- The public's views, and nothing of the owner's.
REVOKE ALL ON SCHEMA iot_hub_owner, iot_hub_public FROM PUBLIC, iot_hub_viewer;
REVOKE ALL ON ALL TABLES IN SCHEMA iot_hub_owner, iot_hub_public FROM PUBLIC, iot_hub_viewer;
GRANT USAGE ON SCHEMA iot_hub_public TO iot_hub_viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA iot_hub_public TO iot_hub_viewer;
