-- The labels of the hourly roll-ups between two whole hours, as hour_part() gives them, in order of time, and the end of
-- the last one. So label n lasts from element n until element n + 1, and width_bucket() finds the one of an instant.
CREATE OR REPLACE FUNCTION iot_personal_hub.hour_labels(p_since timestamptz, p_until timestamptz, p_cuts timestamptz[])
RETURNS timestamptz[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN ARRAY(
        SELECT whole.hour
        FROM generate_series(p_since, p_until, interval '1 hour') AS whole (hour)
        UNION
        SELECT cut.at
        FROM unnest(p_cuts) AS cut (at)
        WHERE cut.at > p_since AND cut.at < p_until
        ORDER BY 1);
END
$$;
