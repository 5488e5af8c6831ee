-- The ids of the private areas in whose zone a fix may be: the one test of places, on which all masking rests. A zone
-- includes its border, and the fix is a circle of its uncertainty.
--
-- The fix is moved instead of the zone, in the opposite direction: so the zone keeps the polygon's exact shape wherever
-- it lies, holes and the antimeridian included. A degree of latitude is 111195 m.
CREATE OR REPLACE FUNCTION iot_personal_hub.areas_containing(
    latitude double precision, longitude double precision, uncertainty_m double precision)
RETURNS SETOF integer
LANGUAGE sql STABLE
AS $$
    SELECT area.id
    FROM iot_personal_hub.dim_blocked_areas AS area
    WHERE iot_personal_hub.is_near_zone(
          latitude, longitude, uncertainty_m, area.zone_latitude, area.zone_longitude, area.zone_radius_m)
      -- Most fixes in a zone are in its core, for which this costs a thirtieth of the exact distance.
      AND (iot_personal_hub.is_around(
               latitude, longitude, area.zone_latitude, area.zone_longitude, area.core_radius_m)
           OR st_dwithin(
               area.polygon::geography,
               iot_personal_hub.translate_point(latitude, longitude, -area.shift_east_m, -area.shift_north_m),
               area.reach_m + uncertainty_m))
$$;

DROP FUNCTION IF EXISTS iot_personal_hub.areas_around(double precision, double precision, double precision);
