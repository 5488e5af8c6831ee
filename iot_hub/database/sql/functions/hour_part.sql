-- The label of the hourly roll-up in which an instant counts: the start of its UTC hour, or of the part of it that
-- begins with the owner's day. p_cuts are day_cuts() of a range that holds the instant; NULL: the range has none.
--
-- Every hour that is rolled up is labelled by this and by nothing else.
CREATE OR REPLACE FUNCTION iot_personal_hub.hour_part(p_at timestamptz, p_cuts timestamptz[])
RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT greatest(date_trunc('hour', p_at, 'UTC'), p_cuts[width_bucket(p_at, p_cuts)])
$$;
