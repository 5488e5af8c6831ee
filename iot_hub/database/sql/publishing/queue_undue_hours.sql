-- Queues the hours of a device between two whole hours of which something is not due yet, each for the minute at which
-- the next of it is.
CREATE OR REPLACE FUNCTION iot_personal_hub.queue_undue_hours(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_due_before timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO iot_personal_hub.due_hours AS queued (device_id, date_hour, due_at)
    WITH undue AS (
        SELECT
            date_trunc('hour', raw.device_time, 'UTC') AS date_hour,
            date_trunc('minute', raw.device_time) + interval '1 minute' AS over_at
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= greatest(p_since, p_due_before)
          AND raw.device_time < p_until
        UNION ALL
        SELECT
            date_trunc('hour', fix.location_time, 'UTC'),
            date_trunc('minute', fix.location_time) + interval '1 minute'
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time >= greatest(p_since, p_due_before)
          AND fix.location_time < p_until
        UNION ALL
        SELECT
            date_trunc('hour', agg.date_hour, 'UTC'),
            date_trunc('hour', agg.date_hour, 'UTC') + interval '1 hour'
        FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
        WHERE agg.device_id = p_device_id
          AND agg.date_hour >= p_since
          AND agg.date_hour < p_until
          AND date_trunc('hour', agg.date_hour, 'UTC') + interval '1 hour' > p_due_before
        UNION ALL
        SELECT
            date_trunc('hour', agg.date_hour, 'UTC'),
            date_trunc('hour', agg.date_hour, 'UTC') + interval '1 hour'
        FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
        WHERE agg.device_id = p_device_id
          AND agg.date_hour >= p_since
          AND agg.date_hour < p_until
          AND date_trunc('hour', agg.date_hour, 'UTC') + interval '1 hour' > p_due_before
    )
    SELECT p_device_id, undue.date_hour, min(undue.over_at) + interval '15 minutes'
    FROM undue
    GROUP BY undue.date_hour
    ON CONFLICT (device_id, date_hour) DO UPDATE SET due_at = excluded.due_at
    WHERE queued.due_at <> excluded.due_at;
END
$$;
