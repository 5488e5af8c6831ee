-- The distance of two places on a sphere, in metres: around the antimeridian and over a pole too. A degree of latitude is
-- 111195 m.
CREATE OR REPLACE FUNCTION iot_personal_hub.great_circle_m(
    latitude double precision, longitude double precision,
    other_latitude double precision, other_longitude double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- The haversine, which is exact for the smallest distances too.
    SELECT 111195 * 2 * degrees(asin(least(1, sqrt(
        sin(radians(other_latitude - latitude) / 2) ^ 2
        + cos(radians(latitude)) * cos(radians(other_latitude))
          * sin(radians(other_longitude - longitude) / 2) ^ 2))))
$$;
