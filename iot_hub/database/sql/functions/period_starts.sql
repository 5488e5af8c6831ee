-- When each day, month or year (p_step) that touches a range begins in a time zone, in order, and when the last one ends.
CREATE OR REPLACE FUNCTION iot_personal_hub.period_starts(
    p_zone text, p_step text, p_since timestamptz, p_until timestamptz)
RETURNS timestamptz[]
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT array_agg(
        -- A clock that is put back from 1:00 shows midnight twice, of which PostgreSQL takes the second.
        CASE WHEN (midnight.at - interval '1 hour') AT TIME ZONE p_zone = period.starts
             THEN midnight.at - interval '1 hour'
             ELSE midnight.at
        END
        ORDER BY period.starts)
    FROM generate_series(
        date_trunc(p_step, p_since AT TIME ZONE p_zone),
        (p_until - interval '1 microsecond') AT TIME ZONE p_zone + ('1 ' || p_step)::interval,
        ('1 ' || p_step)::interval) AS period (starts)
    CROSS JOIN LATERAL (SELECT period.starts AT TIME ZONE p_zone) AS midnight (at)
$$;
