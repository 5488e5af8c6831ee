-- Grain: one row per device that has published anything.
-- The ends of hours are computed a step before they are compared: an addition does not pass the
-- security barrier of the view that is read.
CREATE OR REPLACE VIEW iot_personal_hub.published_last_seen WITH (security_barrier) AS
SELECT
    device.id AS device_id,
    newest.device_time AS last_seen,
    battery.level AS battery_level,
    battery.device_time AS battery_time
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL (
    -- The hours with something to show, newest first, until one has an event to show: no walk through years of
    -- events, and no device vanishes while the first events of its hour wait to be judged.
    SELECT hours.starts, hours.ends, event.device_time
    FROM (
        SELECT hourly.date_hour AS starts, hourly.date_hour + interval '1 hour' AS ends
        FROM iot_personal_hub.published_hours AS hourly
        WHERE hourly.device_id = device.id
        ORDER BY hourly.date_hour DESC
        OFFSET 0
    ) AS hours
    CROSS JOIN LATERAL (
        SELECT event.device_time
        FROM iot_personal_hub.published_events AS event
        WHERE event.device_id = device.id
          AND event.device_time >= hours.starts
          AND event.device_time < hours.ends
        ORDER BY event.device_time DESC
        LIMIT 1
    ) AS event
    ORDER BY hours.starts DESC
    LIMIT 1
) AS newest
LEFT JOIN LATERAL (
    SELECT
        event.device_time,
        iot_personal_hub.number_at(event.properties, '{battery,remaining_percent}')::double precision AS level
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = device.id
      AND event.device_time >= newest.starts
      AND event.device_time < newest.ends
      AND iot_personal_hub.number_at(event.properties, '{battery,remaining_percent}') IS NOT NULL
    ORDER BY event.device_time DESC
    LIMIT 1
) AS battery ON true;

COMMENT ON VIEW iot_personal_hub.published_last_seen IS
    'One row per device: its newest published event, and the newest battery level of that hour, in percent.';
