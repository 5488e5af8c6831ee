CREATE TEMPORARY TABLE shapes (layer text, zoom integer, shape geometry);
CREATE TEMPORARY TABLE cut (layer text, z integer, x integer, y integer, shape geometry);
CREATE TEMPORARY TABLE labels (layer text, zoom integer, shape geometry, about jsonb);
-- As far as Web Mercator goes.
CREATE FUNCTION pg_temp.project(shape geometry) RETURNS geometry LANGUAGE sql AS $$
    SELECT st_transform(st_intersection(
        st_wrapx(st_wrapx(st_makevalid(st_setsrid(shape, 4326)), 180, -360), -180, 360),
        st_makeenvelope(-180, -85.06, 180, 85.06, 4326)), 3857)
$$;
