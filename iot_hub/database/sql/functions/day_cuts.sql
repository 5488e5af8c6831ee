-- The instants between two others at which the date changes in a time zone within a UTC hour, in order of time. NULL:
-- none, which is so in zones of whole hours, but for nights in which a clock was put back at 0:01.
--
-- A clock that is put back over midnight shows it twice: by the offset of the day before, and by the one of the day
-- after. Between the two it is put back into the day before.
CREATE OR REPLACE FUNCTION iot_personal_hub.day_cuts(p_zone text, p_since timestamptz, p_until timestamptz)
RETURNS timestamptz[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    first_midnight CONSTANT timestamp := date_trunc('day', p_since AT TIME ZONE p_zone) - interval '1 day';
    last_midnight CONSTANT timestamp := date_trunc('day', p_until AT TIME ZONE p_zone) + interval '1 day';
    changes timestamptz[];
    midnight timestamp := first_midnight;
    day_start timestamptz := midnight AT TIME ZONE p_zone;
    first_start timestamptz;
BEGIN
    -- Nearly every refresh: some hours, and days of 24 hours that begin with an hour.
    IF last_midnight - first_midnight < interval '7 days'
       AND (last_midnight AT TIME ZONE p_zone) - day_start = last_midnight - first_midnight
       AND day_start = date_trunc('hour', day_start, 'UTC') THEN
        RETURN NULL;
    END IF;

    WHILE midnight < last_midnight LOOP
        midnight := midnight + interval '1 day';
        first_start := day_start + interval '24 hours';
        -- PostgreSQL takes the later one of two.
        day_start := midnight AT TIME ZONE p_zone;
        IF first_start < day_start AND first_start AT TIME ZONE p_zone = midnight THEN
            changes := changes || first_start || (
                SELECT min(minute.at)
                FROM generate_series(first_start, day_start, interval '1 minute') AS minute (at)
                WHERE minute.at AT TIME ZONE p_zone < midnight);
        END IF;
        changes := changes || day_start;
    END LOOP;

    RETURN (
        SELECT array_agg(change.at ORDER BY change.at)
        FROM unnest(changes) AS change (at)
        WHERE change.at > p_since
          AND change.at < p_until
          AND change.at <> date_trunc('hour', change.at, 'UTC'));
END
$$;
