-- Empties every table that is derived from raw events.
TRUNCATE iot_personal_hub.locations, iot_personal_hub.private_spans, iot_personal_hub.stale_hours,
    iot_personal_hub.agg_hourly_devices_smartphone_events_counter,
    iot_personal_hub.agg_hourly_devices_smartphone_battery_details,
    iot_personal_hub.agg_hourly_devices_smartphone_location_details,
    iot_personal_hub.agg_hourly_devices_metrics
