-- Puts hours of devices together into windows: neighbouring hours of a device are one.
CREATE OR REPLACE FUNCTION iot_personal_hub.hour_windows(device_ids integer[], hours timestamptz[])
RETURNS TABLE (device_id integer, starts timestamptz, ends timestamptz)
-- Not SQL: that would be planned at each call.
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH hours AS (
        SELECT DISTINCT hour.device_id, hour.date_hour
        FROM ROWS FROM (unnest(device_ids), unnest(hours)) AS hour (device_id, date_hour)
    ),
    islands AS (
        SELECT
            hours.device_id,
            hours.date_hour,
            hours.date_hour - interval '1 hour' * row_number() OVER (
                PARTITION BY hours.device_id ORDER BY hours.date_hour) AS island
        FROM hours
    )
    SELECT islands.device_id, min(islands.date_hour), max(islands.date_hour) + interval '1 hour'
    FROM islands
    GROUP BY islands.device_id, islands.island
    ORDER BY islands.device_id, min(islands.date_hour);
END
$$;
