-- Whether a fix can be in a zone, by the circle around it, which is taken a little too large: false is certain, and costs a
-- hundredth of the exact distance. Most fixes are far from most zones.
--
-- On a sphere no place is nearer to a meridian than asin(cos(latitude) * sin(difference of longitudes)), and none on its
-- far side nearer than the pole is: so it holds around the antimeridian and over a pole.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_near_zone(
    latitude double precision, longitude double precision, uncertainty_m double precision,
    zone_latitude double precision, zone_longitude double precision, zone_radius_m double precision)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT 110000 * abs(latitude - zone_latitude) <= zone_radius_m + uncertainty_m + 100
       AND cos(radians(latitude))
           * sin(radians(least(90, abs(iot_personal_hub.wrap_longitude(longitude - zone_longitude)))))
           <= sin(radians(least(90, (1.02 * (zone_radius_m + uncertainty_m) + 100) / 110000)))
$$;
