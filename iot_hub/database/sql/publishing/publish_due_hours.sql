-- Publishes hours of which something has come due, the newest first, and returns how many. Any number of
-- workers may call it at once.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_due_hours(p_limit integer DEFAULT 300)
RETURNS integer
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    device_ids integer[];
    claimed_hours timestamptz[];
    publish_window record;
BEGIN
    WITH next AS (
        SELECT due.device_id, due.date_hour
        FROM iot_personal_hub.due_hours AS due
        WHERE due.due_at <= now()
        ORDER BY due.date_hour DESC
        LIMIT p_limit
        FOR UPDATE OF due SKIP LOCKED
    ),
    claimed AS (
        DELETE FROM iot_personal_hub.due_hours AS due
        USING next
        WHERE due.device_id = next.device_id AND due.date_hour = next.date_hour
        RETURNING due.device_id, due.date_hour
    )
    SELECT array_agg(claimed.device_id), array_agg(claimed.date_hour)
    INTO device_ids, claimed_hours
    FROM claimed;

    FOR publish_window IN
        SELECT hours.device_id, hours.starts, hours.ends
        FROM iot_personal_hub.hour_windows(device_ids, claimed_hours) AS hours
    LOOP
        PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), publish_window.device_id);
        PERFORM iot_personal_hub.publish_window(publish_window.device_id, publish_window.starts, publish_window.ends);
    END LOOP;
    RETURN coalesce(cardinality(device_ids), 0);
END
$$;
