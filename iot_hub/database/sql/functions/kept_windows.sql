-- What is left of a window without the days of which events were dropped.
CREATE OR REPLACE FUNCTION iot_personal_hub.kept_windows(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS TABLE (starts timestamptz, ends timestamptz)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    WITH dropped AS (
        SELECT range_agg(tstzrange(
            day.date::timestamp AT TIME ZONE 'UTC', (day.date + 1)::timestamp AT TIME ZONE 'UTC')) AS days
        FROM iot_personal_hub.dropped_days AS day
        WHERE day.device_id = the_device
          AND day.date >= (window_start AT TIME ZONE 'UTC')::date
          AND day.date <= (window_end AT TIME ZONE 'UTC')::date
    )
    SELECT lower(part.kept), upper(part.kept)
    FROM dropped
    CROSS JOIN unnest(tstzmultirange(tstzrange(window_start, window_end)) - coalesce(dropped.days, '{}'))
        AS part (kept);
END
$$;
