SELECT
    iot_personal_hub.hour_part(raw.device_time, p_cuts) AS date_hour,
    count(*)::integer AS count_events,
    count(*) FILTER (WHERE iot_personal_hub.location_is_unreadable(raw.properties))::integer AS count_unplaced,
    min(raw.device_time) AS first_event_at,
    max(raw.device_time) AS last_event_at
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.device_id = p_device_id
  AND raw.device_time >= p_since
  AND raw.device_time < p_until
  AND raw.duplicate_of IS NULL
GROUP BY iot_personal_hub.hour_part(raw.device_time, p_cuts)
