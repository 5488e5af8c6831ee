-- The smallest arc of a parallel that holds all of some longitudes, eastwards from its western end, and their mean along
-- it: of 179.98 and -179.98 from 179.98 to 180.02, and 180. The western end is one of the longitudes; what lies beyond
-- the antimeridian runs on over 180, so that west <= mean <= east, as in no other way of writing it.
--
-- Of two arcs of the same length it is the one that begins further west. Decimals: the same in any order.
CREATE OR REPLACE FUNCTION iot_personal_hub.longitude_arc(
    longitudes numeric[], OUT west numeric, OUT mean numeric, OUT east numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    WITH given AS (
        SELECT unnest(longitudes) AS longitude
    ),
    gaps AS (
        SELECT
            given.longitude,
            -- From the one to the west of it; to the westernmost from the easternmost, around the world.
            given.longitude - coalesce(
                lag(given.longitude) OVER (ORDER BY given.longitude),
                max(given.longitude) OVER () - 360) AS gap
        FROM given
    ),
    start AS (
        SELECT gaps.longitude
        FROM gaps
        ORDER BY gaps.gap DESC, gaps.longitude
        LIMIT 1
    ),
    unwrapped AS (
        SELECT CASE WHEN given.longitude < start.longitude THEN 360 ELSE 0 END + given.longitude AS longitude
        FROM given
        CROSS JOIN start
    )
    SELECT min(unwrapped.longitude), avg(unwrapped.longitude), max(unwrapped.longitude)
    FROM unwrapped
$$;
