-- Where the zone of a private area is: the polygon, grown by margin_m, moved by a secret distance
-- and bearing. The distance is 70 to 93 % of the margin: far enough that the zone's middle says little
-- about the place inside, and the polygon stays inside with 7 % of the margin around it.
--
-- The noise is drawn for a place, a cell of about 2 km of a lattice that is itself secretly
-- placed: an area that is redrawn a little, or removed and added again, keeps its displacement.
CREATE OR REPLACE FUNCTION iot_personal_hub.place_area()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    centre geography := st_centroid(NEW.polygon::geography);
    latitude double precision := st_y(centre::geometry);
    longitude double precision := st_x(centre::geometry);
    cell text;
    bearing double precision;
    distance_m double precision;
BEGIN
    cell := format(' cell %s %s',
        floor(latitude / 0.02 + iot_personal_hub.mask_noise('lattice north')),
        floor(longitude * cos(radians(round(latitude))) / 0.02 + iot_personal_hub.mask_noise('lattice east')));
    bearing := 2 * pi() * iot_personal_hub.mask_noise('bearing' || cell);
    distance_m := NEW.margin_m * sqrt(0.70 ^ 2 + (0.93 ^ 2 - 0.70 ^ 2) * iot_personal_hub.mask_noise('distance' || cell));

    NEW.shift_east_m := distance_m * sin(bearing);
    NEW.shift_north_m := distance_m * cos(bearing);
    centre := st_project(centre, distance_m, bearing);
    NEW.zone_latitude := st_y(centre::geometry);
    NEW.zone_longitude := st_x(centre::geometry);
    NEW.zone_radius_m := NEW.margin_m + (
        SELECT max(st_distance(st_centroid(NEW.polygon::geography), corner.geom::geography))
        FROM st_dumppoints(NEW.polygon) AS corner);
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER dim_blocked_areas_place
BEFORE INSERT OR UPDATE ON iot_personal_hub.dim_blocked_areas
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.place_area();
