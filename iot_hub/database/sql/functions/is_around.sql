-- Whether a place is within so many metres of another.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_around(
    latitude double precision, longitude double precision,
    centre_latitude double precision, centre_longitude double precision, radius_m double precision)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT iot_personal_hub.great_circle_m(latitude, longitude, centre_latitude, centre_longitude) <= radius_m
$$;
