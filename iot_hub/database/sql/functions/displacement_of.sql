-- How the zone of an area around a place is displaced: as it was for an area drawn around the place before (within
-- 500 m, the nearest), else by a new displacement, which is noted for good. Returns its id.
--
-- From a margin of 500 m on, the distance is 630 to 837 m whatever the margin: a zone that moved along with it
-- would point at the place. Below, nothing is promised; the distance is 70 to 93 % of the margin, and the bearing
-- is another one.
--
-- A new displacement is drawn for a cell of about 2 km of a lattice that is itself secretly placed, so that a hub
-- restored from its secret and its areas alone has the same zones. A second place in a cell gets another one: who
-- knows one place would else know both.
CREATE OR REPLACE FUNCTION iot_personal_hub.displacement_of(
    p_latitude double precision, p_longitude double precision, p_is_scaled boolean)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    centre CONSTANT geography := st_setsrid(st_makepoint(p_longitude, p_latitude), 4326)::geography;
    cell CONSTANT text := iot_personal_hub.zone_cell(p_latitude, p_longitude);
    words text;
    bearing double precision;
    distance double precision;
    displacement_id integer;
BEGIN
    SELECT earlier.id
    INTO displacement_id
    FROM iot_personal_hub.zone_displacements AS earlier
    WHERE earlier.is_scaled = p_is_scaled
      AND st_dwithin(st_setsrid(st_makepoint(earlier.longitude, earlier.latitude), 4326)::geography, centre, 500)
    ORDER BY st_distance(st_setsrid(st_makepoint(earlier.longitude, earlier.latitude), 4326)::geography, centre),
             earlier.id DESC
    LIMIT 1;

    IF displacement_id IS NULL THEN
        SELECT cell || CASE WHEN p_is_scaled THEN ' scaled' ELSE '' END
                    || CASE WHEN count(*) > 0 THEN ' ' || count(*) ELSE '' END
        INTO words
        FROM iot_personal_hub.zone_displacements AS earlier
        WHERE earlier.is_scaled = p_is_scaled
          AND iot_personal_hub.zone_cell(earlier.latitude, earlier.longitude) = cell;

        bearing := 2 * pi() * iot_personal_hub.keyed_random('bearing' || words);
        distance := sqrt(0.70 ^ 2 + (0.93 ^ 2 - 0.70 ^ 2) * iot_personal_hub.keyed_random('distance' || words))
            * CASE WHEN p_is_scaled THEN 1 ELSE 900 END;

        INSERT INTO iot_personal_hub.zone_displacements (latitude, longitude, is_scaled, east, north)
        VALUES (p_latitude, p_longitude, p_is_scaled, distance * sin(bearing), distance * cos(bearing))
        RETURNING id INTO displacement_id;
    END IF;
    RETURN displacement_id;
END
$$;
