-- The time zone of a position in a country: that of the nearest city there whose zone is known, or of the nearest one at all
-- where the country is not known, or has none. NULL: there is none within 1000 km.
CREATE OR REPLACE FUNCTION iot_personal_hub.zone_of(
    latitude double precision, longitude double precision, country_code text)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH here AS MATERIALIZED (
        SELECT st_setsrid(st_makepoint(longitude, latitude), 4326)::geography AS point
    )
    SELECT nearest.zone
    FROM here
    CROSS JOIN LATERAL (
        SELECT city.zone, city.point
        FROM iot_personal_hub.zone_cities AS city
        WHERE city.country_code = zone_of.country_code
           OR NOT EXISTS (
               SELECT
               FROM iot_personal_hub.zone_cities AS known
               WHERE known.country_code = zone_of.country_code)
        ORDER BY city.point <-> here.point
        LIMIT 1
    ) AS nearest
    WHERE st_dwithin(nearest.point, here.point, 1000000)
$$;
