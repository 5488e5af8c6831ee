-- Grain: one row per device and UTC hour of which at least one event may be shown.
CREATE OR REPLACE VIEW iot_personal_hub.published_hours WITH (security_barrier) AS
SELECT hours.device_id, hours.date_hour
FROM (
    -- The end of the hour is computed a step before it is compared: an addition does not pass the
    -- security barrier of the view that is read.
    SELECT
        agg.device_id,
        agg.date_hour,
        agg.date_hour + interval '1 hour' AS ends
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
    -- Of the hours at home none is looked into.
    WHERE (
        SELECT span.ends >= agg.last_event_at
        FROM iot_personal_hub.private_spans AS span
        WHERE span.device_id = agg.device_id AND span.starts <= agg.first_event_at
        ORDER BY span.starts DESC
        LIMIT 1
    ) IS NOT TRUE
) AS hours
WHERE EXISTS (
    SELECT
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = hours.device_id
      AND event.device_time >= hours.date_hour
      AND event.device_time < hours.ends
);

COMMENT ON VIEW iot_personal_hub.published_hours IS
    'One row per device and UTC hour of which at least one event may be shown.';
