-- Where the zone of a private area is: the polygon, grown by reach_m, moved by a secret distance and bearing: far
-- enough that the zone's middle says little about the place inside.
--
-- The displacement belongs to the place, so it stays when the margin changes, or when the polygon is redrawn and
-- its middle moves by less than 1 km. From a margin of 500 m on, the polygon stays inside with at least 63 m of
-- zone around it: where the margin is too small for that, the zone is larger. Below, 7 % of the margin is left.
CREATE OR REPLACE FUNCTION iot_personal_hub.place_area()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    needs_scaled CONSTANT boolean := NEW.margin_m < 500;
    centre CONSTANT geography := st_centroid(NEW.polygon::geography);
    centre_latitude CONSTANT double precision := st_y(centre::geometry);
    centre_longitude CONSTANT double precision := st_x(centre::geometry);
    displacement iot_personal_hub.zone_displacements;
    scale CONSTANT double precision := CASE WHEN NEW.margin_m < 500 THEN NEW.margin_m ELSE 1 END;
    distance_m double precision;
    zone_centre geography;
BEGIN
    IF TG_OP = 'INSERT' OR st_dwithin(st_centroid(OLD.polygon::geography), centre, 1000) THEN
        SELECT stored.*
        INTO displacement
        FROM iot_personal_hub.zone_displacements AS stored
        WHERE stored.id = NEW.displacement_id AND stored.is_scaled = needs_scaled;
    END IF;
    IF displacement.id IS NULL THEN
        NEW.displacement_id := iot_personal_hub.displacement_of(centre_latitude, centre_longitude, needs_scaled);
        SELECT stored.*
        INTO displacement
        FROM iot_personal_hub.zone_displacements AS stored
        WHERE stored.id = NEW.displacement_id;
    END IF;
    -- Where the place is now, for an area that is drawn there later.
    IF (displacement.latitude, displacement.longitude) <> (centre_latitude, centre_longitude) THEN
        INSERT INTO iot_personal_hub.zone_displacements (latitude, longitude, is_scaled, east, north)
        VALUES (centre_latitude, centre_longitude, needs_scaled, displacement.east, displacement.north)
        RETURNING * INTO displacement;
    END IF;

    NEW.displacement_id := displacement.id;
    NEW.shift_east_m := displacement.east * scale;
    NEW.shift_north_m := displacement.north * scale;
    distance_m := sqrt(NEW.shift_east_m ^ 2 + NEW.shift_north_m ^ 2);
    NEW.reach_m := CASE WHEN needs_scaled THEN NEW.margin_m ELSE greatest(NEW.margin_m, distance_m + 63) END;
    zone_centre := st_project(centre, distance_m, atan2(NEW.shift_east_m, NEW.shift_north_m));
    NEW.zone_latitude := st_y(zone_centre::geometry);
    NEW.zone_longitude := st_x(zone_centre::geometry);
    NEW.zone_radius_m := NEW.reach_m + (
        SELECT max(st_distance(centre, corner.geom::geography))
        FROM st_dumppoints(NEW.polygon) AS corner);
    -- A little less than what is certain: the exact test takes the ground for flat.
    NEW.core_radius_m := CASE WHEN st_covers(NEW.polygon, centre::geometry) THEN 0.97 * NEW.reach_m - 1 ELSE -1 END;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER dim_blocked_areas_place
BEFORE INSERT OR UPDATE ON iot_personal_hub.dim_blocked_areas
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.place_area();
