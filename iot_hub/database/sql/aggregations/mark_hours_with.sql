-- Marks the hours stale in which an event, or a fix, has something at one of the paths (an array of arrays of keys),
-- and returns how many they are. It reads every event, which is done once for a number that has no figures yet.
-- Hours of days of which events were dropped have final roll-ups, and are left out.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_hours_with(p_paths jsonb)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    marked bigint;
BEGIN
    WITH paths AS (
        SELECT ARRAY(SELECT jsonb_array_elements_text(given.path)) AS path
        FROM jsonb_array_elements(p_paths) AS given (path)
    ),
    -- A fix counts at its own time, which may be in another hour than its event's.
    holding AS (
        SELECT DISTINCT raw.device_id, date_trunc('hour', raw.device_time, 'UTC') AS date_hour
        FROM iot_personal_hub.raw_devices_properties AS raw
        JOIN paths ON paths.path[1] <> 'location' AND raw.properties #> paths.path IS NOT NULL
        UNION
        SELECT DISTINCT location.device_id, date_trunc('hour', location.location_time, 'UTC')
        FROM iot_personal_hub.locations AS location
        JOIN paths ON paths.path[1] = 'location' AND location.properties #> paths.path[2:] IS NOT NULL
    )
    INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
    SELECT holding.device_id, holding.date_hour
    FROM holding
    WHERE NOT EXISTS (
        SELECT
        FROM iot_personal_hub.dropped_days AS dropped
        WHERE dropped.device_id = holding.device_id
          AND dropped.date = (holding.date_hour AT TIME ZONE 'UTC')::date);
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END
$$;
