-- A trip's way over the map (Web Mercator), from the fix before it to the fix after it. NULL: fewer than two fixes.
-- Across the antimeridian it goes on beyond the map's edge: cut_at_antimeridian() brings it back.
CREATE OR REPLACE FUNCTION iot_personal_hub.path_of_trip(p_device_id integer, p_starts timestamptz, p_ends timestamptz)
RETURNS geometry
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    usable_m CONSTANT double precision := 150;
    -- Web Mercator ends here (https://epsg.io/3857).
    northernmost CONSTANT double precision := 85.06;
    path geometry;
BEGIN
    WITH fixes AS (
        SELECT
            fix.location_time, fix.latitude, fix.longitude,
            round((lag(fix.longitude, 1, fix.longitude) OVER by_time - fix.longitude) / 360) AS turns
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time >= p_starts
          AND fix.location_time < p_ends + interval '1 minute'
          AND fix.outlier IS NULL
          AND fix.uncertainty_m <= usable_m
        WINDOW by_time AS (ORDER BY fix.location_time, fix.latitude, fix.longitude)
    ),
    points AS (
        SELECT
            fixes.location_time, fixes.latitude, fixes.longitude,
            st_translate(
                st_transform(
                    st_setsrid(
                        st_makepoint(fixes.longitude, greatest(least(fixes.latitude, northernmost), -northernmost)), 4326),
                    3857),
                40075016.685578488 * sum(fixes.turns) OVER by_time, 0) AS point
        FROM fixes
        WINDOW by_time AS (ORDER BY fixes.location_time, fixes.latitude, fixes.longitude)
    )
    SELECT st_makeline(points.point ORDER BY points.location_time, points.latitude, points.longitude)
    INTO path
    FROM points
    HAVING count(*) > 1;
    RETURN path;
END
$$;
