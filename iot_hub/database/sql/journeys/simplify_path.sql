-- A way over the map, simplified to a number of metres on the ground, and cut at the antimeridian.
CREATE OR REPLACE FUNCTION iot_personal_hub.simplify_path(path geometry, tolerance_m double precision)
RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- Web Mercator is stretched by as much as its latitude says; st_wrapx() cuts at an edge and moves what is beyond it.
    SELECT st_multi(st_wrapx(
        st_wrapx(
            st_simplify(st_force2d(path), tolerance_m * cosh(st_y(st_startpoint(path)) / 6378137), true),
            20037508.342789244, -40075016.685578488),
        -20037508.342789244, 40075016.685578488))
$$;
