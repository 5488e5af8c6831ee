-- A window less the days of which events are in the archive only.
DROP FUNCTION IF EXISTS iot_personal_hub.kept_windows(integer, timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION iot_personal_hub.kept_windows(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (starts timestamptz, ends timestamptz)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    WITH dropped AS (
        SELECT range_agg(tstzrange(
            day.date::timestamp AT TIME ZONE 'UTC', (day.date + 1)::timestamp AT TIME ZONE 'UTC')) AS days
        FROM iot_personal_hub.dropped_days AS day
        WHERE day.device_id = p_device_id
          AND day.date >= (p_since AT TIME ZONE 'UTC')::date
          AND day.date <= (p_until AT TIME ZONE 'UTC')::date
    )
    SELECT lower(part.stretch), upper(part.stretch)
    FROM dropped
    CROSS JOIN unnest(tstzmultirange(tstzrange(p_since, p_until)) - coalesce(dropped.days, '{}'))
        AS part (stretch);
END
$$;
