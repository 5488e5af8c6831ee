-- When the quiet hours end that an instant is in, in the owner's time zone; outside of them the instant itself.
CREATE OR REPLACE FUNCTION iot_personal_hub.quiet_until(p_at timestamptz, p_from time, p_until time)
RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
    SELECT CASE
        WHEN p_from IS NULL OR p_from = p_until THEN p_at
        WHEN p_from < p_until AND here.time >= p_from AND here.time < p_until
        THEN (here.at::date + p_until) AT TIME ZONE here.zone
        WHEN p_from > p_until AND here.time >= p_from THEN (here.at::date + 1 + p_until) AT TIME ZONE here.zone
        WHEN p_from > p_until AND here.time < p_until THEN (here.at::date + p_until) AT TIME ZONE here.zone
        ELSE p_at
    END
    FROM (
        SELECT setting.value AS zone, p_at AT TIME ZONE setting.value AS at, (p_at AT TIME ZONE setting.value)::time AS time
        FROM (
            SELECT coalesce(
                (SELECT setting.value FROM iot_personal_hub.hub_settings AS setting WHERE setting.name = 'time_zone'), 'UTC')
        ) AS setting (value)
    ) AS here
$$;
