-- needs: shared_hourly_aggregates
-- Grain: one row per device of which the link shows anything.
-- Without measurements a device was last seen where its last position is.
CREATE OR REPLACE VIEW iot_hub_shared.last_seen WITH (security_barrier) AS
SELECT
    device.device_id,
    coalesce(newest.device_time, position.location_time) AS last_seen,
    battery.level AS battery_level,
    battery.device_time AS battery_time
FROM iot_hub_shared.devices AS device
LEFT JOIN LATERAL (
    SELECT location.location_time
    FROM iot_hub_shared.locations AS location
    WHERE location.device_id = device.device_id
      -- A clock that is ahead reports what has not happened yet.
      AND location.location_time <= now()
    ORDER BY location.location_time DESC
    LIMIT 1
) AS position ON true
LEFT JOIN LATERAL (
    -- Newest hour first, until one has an event to show, as published_last_seen does.
    SELECT hours.starts, hours.ends, event.device_time
    FROM (
        SELECT
            date_trunc('hour', hourly.date_hour, 'UTC') AS starts,
            date_trunc('hour', hourly.date_hour, 'UTC') + interval '1 hour' AS ends
        FROM iot_hub_shared.hourly_events_counter AS hourly
        WHERE hourly.device_id = device.device_id
        ORDER BY hourly.date_hour DESC
        OFFSET 0
    ) AS hours
    CROSS JOIN LATERAL (
        SELECT event.device_time
        FROM iot_hub_shared.events AS event
        WHERE event.device_id = device.device_id
          AND event.device_time >= hours.starts
          AND event.device_time < hours.ends
          AND event.device_time <= now()
        ORDER BY event.device_time DESC
        LIMIT 1
    ) AS event
    ORDER BY hours.starts DESC
    LIMIT 1
) AS newest ON true
LEFT JOIN LATERAL (
    SELECT
        event.device_time,
        iot_personal_hub.number_of(event.properties #> '{battery,remaining_percent}')::double precision AS level
    FROM iot_hub_shared.events AS event
    WHERE event.device_id = device.device_id
      AND event.device_time >= newest.starts
      AND event.device_time <= newest.device_time
      AND iot_personal_hub.number_of(event.properties #> '{battery,remaining_percent}') IS NOT NULL
    ORDER BY event.device_time DESC
    LIMIT 1
) AS battery ON true
WHERE coalesce(newest.device_time, position.location_time) IS NOT NULL;

COMMENT ON VIEW iot_hub_shared.last_seen IS
    'One row per device of which the link shows anything: its newest event (or position), and the newest battery level of that hour, in percent.';
