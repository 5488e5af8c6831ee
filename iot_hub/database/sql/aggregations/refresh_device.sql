-- Recomputes all roll-ups of one device between two whole hours, and deletes their marks. Days of which events
-- were dropped are left out, marks and all: their roll-ups are final until a late event has the day restored.
-- Its parameters had other names until 1.1, which CREATE OR REPLACE does not change.
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_device(integer, timestamptz, timestamptz);

CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_device(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- Before the marks go: a day that is dropped meanwhile keeps them.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), p_device_id);
    WITH claimed AS (
        SELECT stale.device_id, stale.date_hour, stale.id
        FROM iot_personal_hub.stale_hours AS stale
        WHERE stale.device_id = p_device_id
          AND stale.date_hour >= p_since
          AND stale.date_hour < p_until
          AND NOT EXISTS (
              SELECT
              FROM iot_personal_hub.dropped_days AS dropped
              WHERE dropped.device_id = stale.device_id
                AND dropped.date = (stale.date_hour AT TIME ZONE 'UTC')::date)
        -- Whoever has claimed a mark may wait for a device that this transaction holds already.
        FOR UPDATE OF stale SKIP LOCKED
    )
    DELETE FROM iot_personal_hub.stale_hours AS stale
    USING claimed
    WHERE stale.device_id = claimed.device_id
      AND stale.date_hour = claimed.date_hour
      AND stale.id = claimed.id;
    PERFORM iot_personal_hub.refresh_window(p_device_id, p_since, p_until);
END
$$;
