-- A point, moved by metres to the east and to the north.
CREATE OR REPLACE FUNCTION iot_personal_hub.translate_point(
    latitude double precision, longitude double precision, east_m double precision, north_m double precision)
RETURNS geography
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT st_setsrid(st_makepoint(
        iot_personal_hub.wrap_longitude(longitude + east_m / (111195 * greatest(cos(radians(latitude)), 1e-3))),
        greatest(-90, least(90, latitude + north_m / 111195))), 4326)::geography
$$;

DROP FUNCTION IF EXISTS iot_personal_hub.moved(double precision, double precision, double precision, double precision);
