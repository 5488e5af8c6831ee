-- Grain: one row per device that has published anything.
CREATE OR REPLACE VIEW iot_personal_hub.published_last_seen WITH (security_barrier) AS
SELECT
    device.id AS device_id,
    newest.device_time AS last_seen,
    battery.level AS battery_level,
    battery.device_time AS battery_time
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL (
    -- The newest public hour first, then its newest event: no walk through years of events.
    SELECT max(hourly.date_hour) AS date_hour
    FROM iot_personal_hub.published_hourly_events_counter AS hourly
    WHERE hourly.device_id = device.id
) AS newest_hour
CROSS JOIN LATERAL (
    SELECT event.device_time
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = device.id
      AND event.device_time >= newest_hour.date_hour
      AND event.device_time < newest_hour.date_hour + interval '1 hour'
    ORDER BY event.device_time DESC
    LIMIT 1
) AS newest
LEFT JOIN LATERAL (
    SELECT
        event.device_time,
        iot_personal_hub.number_at(event.properties, '{battery,remaining_percent}')::double precision AS level
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = device.id
      AND event.device_time >= newest_hour.date_hour
      AND event.device_time < newest_hour.date_hour + interval '1 hour'
      AND iot_personal_hub.number_at(event.properties, '{battery,remaining_percent}') IS NOT NULL
    ORDER BY event.device_time DESC
    LIMIT 1
) AS battery ON true;

COMMENT ON VIEW iot_personal_hub.published_last_seen IS
    'One row per device: its newest published event, and the newest battery level of that hour, in percent.';
