-- Whether the straight line from a fix through the next one hits a zone's circle: a reader of the track would follow it
-- to the place inside. A device that hardly moves (30 m) has no bearing.
CREATE OR REPLACE FUNCTION iot_personal_hub.bearing_hits_zone(
    latitude double precision, longitude double precision,
    next_latitude double precision, next_longitude double precision,
    centre_latitude double precision, centre_longitude double precision, radius_m double precision)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- On a plane around the centre, in metres: the fix is at (x, y) and moves by (dx, dy).
    SELECT dx * dx + dy * dy >= 30 * 30
       AND x * dx + y * dy < 0
       AND abs(x * dy - y * dx) <= radius_m * sqrt(dx * dx + dy * dy)
    FROM (SELECT 111195 * cos(radians(centre_latitude))) AS degree (east_m)
    CROSS JOIN LATERAL (
        SELECT
            degree.east_m * iot_personal_hub.wrap_longitude(longitude - centre_longitude),
            111195 * (latitude - centre_latitude),
            degree.east_m * iot_personal_hub.wrap_longitude(next_longitude - longitude),
            111195 * (next_latitude - latitude)
    ) AS plane (x, y, dx, dy)
$$;

DROP FUNCTION IF EXISTS iot_personal_hub.heads_into(
    double precision, double precision, double precision, double precision, double precision, double precision,
    double precision);
