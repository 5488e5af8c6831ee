-- A longitude, or a difference of two, wrapped at the antimeridian to -180 … 180.
CREATE OR REPLACE FUNCTION iot_personal_hub.wrap_longitude(degrees double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT degrees - 360 * floor((degrees + 180) / 360)
$$;

DROP FUNCTION IF EXISTS iot_personal_hub.wrapped(double precision);
