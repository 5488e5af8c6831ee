-- A longitude, or a difference of two, from -180 to 180: past the antimeridian they begin again.
CREATE OR REPLACE FUNCTION iot_personal_hub.wrapped(degrees double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT degrees - 360 * floor((degrees + 180) / 360)
$$;
