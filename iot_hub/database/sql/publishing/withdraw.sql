-- Withdraws everything published of a device that touches some stretches of time: what was measured in them, the totals
-- of their hours, and the location of each event that reports a fix taken in them.
CREATE OR REPLACE FUNCTION iot_personal_hub.withdraw(p_device_id integer, p_stretches tstzmultirange)
RETURNS void
LANGUAGE plpgsql
SET jit = off
AS $$
DECLARE
    stretch record;
    hourly record;
BEGIN
    FOR stretch IN
        SELECT
            coalesce(lower(part.hidden), '-infinity') AS starts,
            coalesce(upper(part.hidden), 'infinity') AS ends
        FROM unnest(p_stretches) AS part (hidden)
    LOOP
        DELETE FROM iot_personal_hub.shown_events AS published
        WHERE published.device_id = p_device_id
          AND published.device_time BETWEEN stretch.starts AND stretch.ends;

        DELETE FROM iot_personal_hub.shown_locations AS published
        WHERE published.device_id = p_device_id
          AND published.location_time BETWEEN stretch.starts AND stretch.ends;

        FOR hourly IN SELECT published.name FROM iot_personal_hub.published_hourly_tables() AS published (name) LOOP
            EXECUTE format(
                'DELETE FROM %s AS published'
                ' WHERE published.device_id = $1 AND published.date_hour >= $2 AND published.date_hour < $3', hourly.name)
            USING
                p_device_id,
                date_trunc('hour', stretch.starts, 'UTC'),
                date_trunc('hour', stretch.ends, 'UTC') + interval '1 hour';
        END LOOP;

        -- An event of another time may report a fix of this one: it is published again, without.
        DELETE FROM iot_personal_hub.shown_events AS published
        USING iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time BETWEEN stretch.starts AND stretch.ends
          AND (fix.first_reported < stretch.starts OR fix.last_reported > stretch.ends)
          AND published.device_id = p_device_id
          AND published.device_time BETWEEN fix.first_reported AND fix.last_reported;

        INSERT INTO iot_personal_hub.due_hours AS queued (device_id, date_hour, due_at)
        SELECT DISTINCT p_device_id, report.date_hour, now()
        FROM iot_personal_hub.locations AS fix
        CROSS JOIN LATERAL generate_series(
            date_trunc('hour', fix.first_reported, 'UTC'), fix.last_reported, interval '1 hour') AS report (date_hour)
        WHERE fix.device_id = p_device_id
          AND fix.location_time BETWEEN stretch.starts AND stretch.ends
          AND (fix.first_reported < stretch.starts OR fix.last_reported > stretch.ends)
        ON CONFLICT (device_id, date_hour) DO UPDATE SET due_at = excluded.due_at;
    END LOOP;
END
$$;
