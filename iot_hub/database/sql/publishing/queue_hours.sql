-- Queues all hours of a device that have a roll-up and overlap some intervals, to be published as soon as possible.
CREATE OR REPLACE FUNCTION iot_personal_hub.queue_hours(p_device_id integer, p_stretches tstzmultirange)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    -- Short intervals of a long history read little of it.
    since CONSTANT timestamptz := coalesce(date_trunc('hour', lower(p_stretches), 'UTC'), '-infinity');
    until CONSTANT timestamptz := coalesce(upper(p_stretches), 'infinity');
BEGIN
    -- A refresh that began before us knows the rules of before: what it counts, and may have published by them, is seen
    -- by the next statement and queued.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), p_device_id);

    INSERT INTO iot_personal_hub.due_hours AS queued (device_id, date_hour, due_at)
    SELECT p_device_id, hours.date_hour, now()
    FROM (
        SELECT date_trunc('hour', agg.date_hour, 'UTC') AS date_hour
        FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
        WHERE agg.device_id = p_device_id AND agg.date_hour >= since AND agg.date_hour <= until
        UNION
        SELECT date_trunc('hour', agg.date_hour, 'UTC')
        FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
        WHERE agg.device_id = p_device_id AND agg.date_hour >= since AND agg.date_hour <= until
    ) AS hours
    WHERE p_stretches && tstzrange(hours.date_hour, hours.date_hour + interval '1 hour')
    ON CONFLICT (device_id, date_hour) DO UPDATE SET due_at = excluded.due_at;
END
$$;
