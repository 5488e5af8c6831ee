-- needs: published_readings
-- Grain: one row per device that has published anything.
CREATE OR REPLACE VIEW iot_personal_hub.published_last_seen AS
SELECT
    device.device_id,
    newest.device_time AS last_seen,
    battery.level AS battery_level,
    battery.device_time AS battery_time
FROM iot_personal_hub.published_devices AS device
CROSS JOIN LATERAL (
    SELECT event.device_time, date_trunc('hour', event.device_time, 'UTC') AS starts
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = device.device_id
      -- A clock that is ahead reports what has not happened yet.
      AND event.device_time <= now()
    ORDER BY event.device_time DESC
    LIMIT 1
) AS newest
LEFT JOIN LATERAL (
    SELECT
        event.device_time,
        iot_personal_hub.number_at(event.properties, '{battery,remaining_percent}')::double precision AS level
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = device.device_id
      AND event.device_time >= newest.starts
      AND event.device_time <= newest.device_time
      AND iot_personal_hub.number_at(event.properties, '{battery,remaining_percent}') IS NOT NULL
    ORDER BY event.device_time DESC
    LIMIT 1
) AS battery ON true;

COMMENT ON VIEW iot_personal_hub.published_last_seen IS
    'One row per device: its newest published event that has happened, and the newest battery level of that hour, in percent.';
