-- Whether a device can't have come from one fix to the other: it would have had to move at more than
-- 360 m/s (1,296 km/h: no airliner does), however wrong each fix is within its accuracy.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_out_of_reach(
    latitude double precision, longitude double precision, uncertainty_m double precision, at timestamptz,
    next_latitude double precision, next_longitude double precision, next_uncertainty_m double precision,
    next_at timestamptz)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- Of fixes taken at once, each might be the right one: a second lies between them.
    SELECT iot_personal_hub.great_circle_m(latitude, longitude, next_latitude, next_longitude)
        - uncertainty_m - next_uncertainty_m
        > 360 * greatest(abs(extract(epoch FROM next_at - at)::double precision), 1)
$$;
