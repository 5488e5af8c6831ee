-- The private areas that a fix may be in: the one definition that everything published rests on.
-- The border belongs to an area, and the area is grown by the fix's uncertainty.
CREATE OR REPLACE FUNCTION iot_personal_hub.areas_around(
    latitude double precision, longitude double precision, uncertainty_m double precision)
RETURNS SETOF integer
LANGUAGE sql STABLE
AS $$
    SELECT area.id
    FROM iot_personal_hub.dim_blocked_areas AS area
    WHERE st_dwithin(area.polygon::geography,
                     st_setsrid(st_makepoint(longitude, latitude), 4326)::geography,
                     uncertainty_m)
$$;
