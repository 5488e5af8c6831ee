-- A trip's way over the map (Web Mercator). Where the rest before or after it was silent, the way goes on to the fix
-- that is next in time, if that is no further than who rests may be (derive_journeys()): it touches its stays. NULL:
-- fewer than two fixes. Across the antimeridian it goes on beyond the map's edge: simplify_path() brings it back. Its
-- measures are Unix seconds (cut_path()).
CREATE OR REPLACE FUNCTION iot_personal_hub.path_of_trip(p_device_id integer, p_starts timestamptz, p_ends timestamptz)
RETURNS geometry
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    usable_m        CONSTANT double precision := 150;
    still_near_m    CONSTANT double precision := 400;
    longest_silence CONSTANT interval := '36 hours';
    -- Web Mercator ends here (https://epsg.io/3857).
    northernmost CONSTANT double precision := 85.06;
    path geometry;
BEGIN
    WITH own AS MATERIALIZED (
        SELECT fix.location_time, fix.latitude, fix.longitude
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time >= p_starts
          AND fix.location_time < p_ends + interval '1 minute'
          AND fix.outlier IS NULL
          AND fix.uncertainty_m <= usable_m
    ),
    beyond AS (
        (SELECT fix.location_time, fix.latitude, fix.longitude, true AS is_before
         FROM iot_personal_hub.locations AS fix
         WHERE fix.device_id = p_device_id
           AND fix.location_time >= p_starts - longest_silence
           AND fix.location_time < p_starts
           AND fix.outlier IS NULL
           AND fix.uncertainty_m <= usable_m
         ORDER BY fix.location_time DESC, fix.latitude DESC, fix.longitude DESC
         LIMIT 1)
        UNION ALL
        (SELECT fix.location_time, fix.latitude, fix.longitude, false
         FROM iot_personal_hub.locations AS fix
         WHERE fix.device_id = p_device_id
           AND fix.location_time >= p_ends + interval '1 minute'
           AND fix.location_time < p_ends + interval '1 minute' + longest_silence
           AND fix.outlier IS NULL
           AND fix.uncertainty_m <= usable_m
         ORDER BY fix.location_time, fix.latitude, fix.longitude
         LIMIT 1)
    ),
    ends AS (
        (SELECT own.*, true AS is_before FROM own ORDER BY own.location_time, own.latitude, own.longitude LIMIT 1)
        UNION ALL
        (SELECT own.*, false FROM own ORDER BY own.location_time DESC, own.latitude DESC, own.longitude DESC LIMIT 1)
    ),
    touching AS (
        SELECT own.location_time, own.latitude, own.longitude FROM own
        UNION ALL
        SELECT beyond.location_time, beyond.latitude, beyond.longitude
        FROM beyond
        JOIN ends ON ends.is_before = beyond.is_before
        WHERE iot_personal_hub.great_circle_m(ends.latitude, ends.longitude, beyond.latitude, beyond.longitude) <= still_near_m
    ),
    fixes AS (
        SELECT
            touching.location_time, touching.latitude, touching.longitude,
            round((lag(touching.longitude, 1, touching.longitude) OVER by_time - touching.longitude) / 360) AS turns
        FROM touching
        WINDOW by_time AS (ORDER BY touching.location_time, touching.latitude, touching.longitude)
    ),
    points AS (
        SELECT
            fixes.location_time, fixes.latitude, fixes.longitude,
            st_translate(
                st_transform(
                    st_setsrid(
                        st_makepointm(
                            fixes.longitude, greatest(least(fixes.latitude, northernmost), -northernmost),
                            extract(epoch FROM fixes.location_time)::double precision), 4326),
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
