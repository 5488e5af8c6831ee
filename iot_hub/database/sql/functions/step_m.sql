-- The distance of two positions in units of 1e-7 degrees, in metres. Longitudes may be beyond 180 degrees.
-- Within a tenth of a degree as in a plane, which is right to a millionth and four times as fast.
CREATE OR REPLACE FUNCTION iot_personal_hub.step_m(latitude bigint, longitude bigint, other_latitude bigint, other_longitude bigint)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN abs(other_latitude - latitude) < 1000000 AND abs(other_longitude - longitude) < 1000000 THEN
            0.0111195 * sqrt(
                (other_latitude - latitude)::double precision ^ 2
                + ((other_longitude - longitude) * cos(radians((latitude + other_latitude) / 2e7))) ^ 2)
        ELSE iot_personal_hub.great_circle_m(latitude / 1e7, longitude / 1e7, other_latitude / 1e7, other_longitude / 1e7)
    END
$$;
