-- Claims stale hours, newest first, so that a long import does not keep today waiting,
-- refreshes them, and returns how many marks it deleted (0: nothing is stale). Neighbouring
-- hours of a device are refreshed as one window. Any number of workers may call it at once.
-- Hours of days of which events were dropped stay stale until the days are restored.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_stale_hours(max_marks integer DEFAULT 300)
RETURNS integer
LANGUAGE plpgsql
-- Planning each window separately took 40 % of the time of refreshing an hour.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    device_ids integer[];
    claimed_hours timestamptz[];
    refresh_window record;
BEGIN
    WITH next AS (
        SELECT stale.device_id, stale.date_hour, stale.id
        FROM iot_personal_hub.stale_hours AS stale
        -- Not is_dropped(): an import may have left a million marks, and it would be called for each.
        WHERE NOT EXISTS (
            SELECT
            FROM iot_personal_hub.dropped_days AS dropped
            WHERE dropped.device_id = stale.device_id
              AND dropped.date = (stale.date_hour AT TIME ZONE 'UTC')::date)
        ORDER BY stale.date_hour DESC
        LIMIT max_marks
        FOR UPDATE OF stale SKIP LOCKED
    ),
    claimed AS (
        DELETE FROM iot_personal_hub.stale_hours AS stale
        USING next
        WHERE stale.device_id = next.device_id
          AND stale.date_hour = next.date_hour
          AND stale.id = next.id
        RETURNING stale.device_id, stale.date_hour
    )
    SELECT array_agg(claimed.device_id), array_agg(claimed.date_hour)
    INTO device_ids, claimed_hours
    FROM claimed;

    FOR refresh_window IN
        SELECT hours.device_id, hours.starts, hours.ends
        FROM iot_personal_hub.hour_windows(device_ids, claimed_hours) AS hours
    LOOP
        PERFORM iot_personal_hub.refresh_window(
            refresh_window.device_id, refresh_window.starts, refresh_window.ends);
    END LOOP;

    -- A day may have been dropped between the claim and the refresh's lock, which is held still.
    INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
    SELECT DISTINCT claimed.device_id, claimed.date_hour
    FROM ROWS FROM (unnest(device_ids), unnest(claimed_hours)) AS claimed (device_id, date_hour)
    WHERE iot_personal_hub.is_dropped(claimed.device_id, claimed.date_hour);
    RETURN coalesce(cardinality(device_ids), 0);
END
$$;
