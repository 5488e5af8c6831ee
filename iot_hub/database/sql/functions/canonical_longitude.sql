-- A longitude as fixes are kept: at least -180 and less than 180 degrees, so that the antimeridian has one value, -180.
-- Up to one turn away it is wrapped: apps whose map goes on beyond the antimeridian send 180.05. NULL: further away.
--
-- Decimal arithmetic: -180.096474 becomes 179.903526 to the last digit. What a double precision can't tell from 180 is
-- taken for it.
CREATE OR REPLACE FUNCTION iot_personal_hub.canonical_longitude(longitude numeric)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN abs(longitude) < 180 - 1e-13 THEN longitude
        WHEN abs(longitude) <= 180 + 1e-13 THEN -180
        WHEN abs(longitude) <= 360 THEN longitude - 360 * sign(longitude)
    END::double precision
$$;
