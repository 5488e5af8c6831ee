-- Whether a place is within so many metres of another, on a plane: near enough for some kilometres.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_around(
    latitude double precision, longitude double precision,
    centre_latitude double precision, centre_longitude double precision, radius_m double precision)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT (111195 * (latitude - centre_latitude)) ^ 2
         + (111195 * cos(radians(centre_latitude)) * iot_personal_hub.wrap_longitude(longitude - centre_longitude)) ^ 2
        <= radius_m ^ 2
$$;
