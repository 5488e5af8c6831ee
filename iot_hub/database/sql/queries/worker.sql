-- name: refresh_stale_hours
SELECT iot_personal_hub.refresh_stale_hours();

-- name: publish_due_hours
SELECT iot_personal_hub.publish_due_hours();

-- name: pack_published_rows
SELECT iot_personal_hub.pack_published_rows();

-- name: vacuum_published_rows
-- What was packed is read from the index alone again.
VACUUM (ANALYZE)
    iot_personal_hub.published_events,
    iot_personal_hub.published_locations,
    iot_personal_hub.published_hourly_battery_details,
    iot_personal_hub.published_hourly_events_counter,
    iot_personal_hub.published_hourly_location_details,
    iot_personal_hub.published_hourly_metrics;

-- name: refresh_hours
SELECT iot_personal_hub.refresh_hours(%(from)s, %(to)s);

-- name: refresh_device
SELECT iot_personal_hub.refresh_device(%(device_id)s, %(from)s, %(to)s);
