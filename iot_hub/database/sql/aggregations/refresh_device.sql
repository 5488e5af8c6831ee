-- Recomputes all roll-ups of one device between two whole hours, and takes their marks away. Days
-- of which events were dropped are left out, marks and all: their roll-ups are final, until a late
-- event has the worker bring the day back.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_device(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- Before the marks go: a day that is dropped meanwhile keeps them.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), the_device);
    WITH settled AS (
        SELECT stale.device_id, stale.date_hour, stale.id
        FROM iot_personal_hub.stale_hours AS stale
        WHERE stale.device_id = the_device
          AND stale.date_hour >= window_start
          AND stale.date_hour < window_end
          AND NOT EXISTS (
              SELECT
              FROM iot_personal_hub.dropped_days AS dropped
              WHERE dropped.device_id = stale.device_id
                AND dropped.date = (stale.date_hour AT TIME ZONE 'UTC')::date)
        -- Who has claimed a mark may wait for a device that this transaction holds already.
        FOR UPDATE OF stale SKIP LOCKED
    )
    DELETE FROM iot_personal_hub.stale_hours AS stale
    USING settled
    WHERE stale.device_id = settled.device_id
      AND stale.date_hour = settled.date_hour
      AND stale.id = settled.id;
    PERFORM iot_personal_hub.refresh_window(the_device, window_start, window_end);
END
$$;
