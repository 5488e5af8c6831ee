-- The hours in which a device was at a fix, as far as its reports tell: the hour of the fix,
-- and all hours from the first to the last event that reported it.
CREATE OR REPLACE FUNCTION iot_personal_hub.hours_of_location(
    location_time timestamptz, first_reported timestamptz, last_reported timestamptz)
RETURNS SETOF timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT date_trunc('hour', location_time, 'UTC')
    UNION
    SELECT generate_series(date_trunc('hour', first_reported, 'UTC'), last_reported, interval '1 hour')
$$;
