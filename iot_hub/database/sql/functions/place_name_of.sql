-- What the place at a position is called: no row at sea. country_code is NULL within 2 km of a border where Natural
-- Earth's polygon and GeoNames' nearest city disagree, as borders are drawn to about 1 km; country then names both.
CREATE OR REPLACE FUNCTION iot_personal_hub.place_name_of(
    latitude double precision, longitude double precision,
    OUT country_code text, OUT country text, OUT region text, OUT city text)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    WITH here AS MATERIALIZED (
        SELECT
            st_setsrid(st_makepoint(wrapped.x, wrapped.y), 4326) AS point,
            st_setsrid(st_makepoint(wrapped.x, wrapped.y), 4326)::geography AS geographic,
            -- Degrees of 2 km, and of 25 km, as far as coasts and cities may be.
            2000 / 111195.0 AS north_2,
            least(180, 2000 / 111195.0 / greatest(cos(radians(wrapped.y)), 0.001)) AS east_2,
            25000 / 111195.0 AS north_25,
            least(180, 25000 / 111195.0 / greatest(cos(radians(wrapped.y)), 0.001)) AS east_25
        -- To 0.1 mm: of smaller numbers no sine can be computed.
        FROM (SELECT iot_personal_hub.canonical_longitude(round(longitude::numeric, 9))::double precision,
                     round(latitude::numeric, 9)::double precision) AS wrapped (x, y)
    ),
    containing AS (
        SELECT piece.code, true AS contains
        FROM here
        JOIN iot_personal_hub.country_pieces AS piece ON st_intersects(piece.shape, here.point)
        ORDER BY piece.code
        LIMIT 1
    ),
    -- Off a coast that is drawn too coarsely: the nearest country within 25 km.
    nearest AS (
        SELECT near.code, false AS contains
        FROM (
            SELECT piece.code, st_distance(piece.shape::geography, here.geographic) AS metres
            FROM here
            JOIN iot_personal_hub.country_pieces AS piece
                ON piece.shape && st_expand(here.point, here.east_25, here.north_25)
            WHERE NOT EXISTS (SELECT FROM containing)
        ) AS near
        WHERE near.metres < 25000
        ORDER BY near.metres, near.code
        LIMIT 1
    ),
    drawn AS (
        SELECT containing.code FROM containing
        UNION ALL
        SELECT nearest.code FROM nearest
    ),
    around AS (
        SELECT
            near.name, near.country_code, near.region, near.population,
            st_distance(near.point, here.geographic) AS metres
        FROM here
        CROSS JOIN LATERAL (
            (SELECT city.* FROM iot_personal_hub.cities AS city
             ORDER BY city.point <-> here.geographic
             LIMIT 12)
            UNION ALL
            -- A metropolis reaches further than to the twelve nearest villages.
            (SELECT city.* FROM iot_personal_hub.cities AS city
             WHERE city.population >= 50000
             ORDER BY city.point <-> here.geographic
             LIMIT 6)
        ) AS near
    ),
    -- How far a city's edge is, where 4,000 people live on a square kilometre: negative inside.
    measured AS (
        SELECT around.*, around.metres - sqrt(around.population / 4000.0 / pi()) * 1000 AS to_edge_m
        FROM around
    ),
    closest AS (
        SELECT measured.country_code, measured.metres FROM measured
        ORDER BY measured.metres, measured.name LIMIT 1
    ),
    -- The other country, where a border is near and the nearest city is across it.
    disputed AS (
        SELECT closest.country_code AS code
        FROM closest, drawn, here
        WHERE closest.country_code <> drawn.code
          AND closest.metres < 25000
          AND EXISTS (
              SELECT
              FROM iot_personal_hub.country_pieces AS piece
              WHERE piece.code = closest.country_code
                AND piece.shape && st_expand(here.point, here.east_2, here.north_2)
                AND st_distance(piece.shape::geography, here.geographic) < 2000)
    ),
    nearest_city AS (
        SELECT measured.*
        FROM measured, drawn
        WHERE measured.country_code = drawn.code OR EXISTS (SELECT FROM disputed)
        ORDER BY measured.to_edge_m, measured.name
        LIMIT 1
    )
    SELECT
        CASE WHEN disputed.code IS NULL THEN drawn.code END,
        concat_ws(' / ', coalesce(known.name, drawn.code), other.name),
        CASE WHEN disputed.code IS NULL AND nearest_city.metres < 100000 THEN nearest_city.region END,
        CASE WHEN nearest_city.to_edge_m < 25000 THEN nearest_city.name END
    FROM drawn
    LEFT JOIN disputed ON true
    LEFT JOIN iot_personal_hub.countries AS known ON known.code = drawn.code
    LEFT JOIN iot_personal_hub.countries AS other ON other.code = disputed.code
    LEFT JOIN nearest_city ON true
$$;
