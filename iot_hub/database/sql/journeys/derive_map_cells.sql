-- The cells of the map in which a device was in a month (UTC), derived from the journeys that start in it and nothing else.
-- A stay counts where it was, with all its time; a trip along its way, its time spread evenly over it. A flight
-- explores nothing, and neither does what lies between two fixes that are more than 200 km of the map apart: nobody knows
-- the way, and a receiver that jumps about the world would make millions of cells.
--
-- A smallest cell is one of zoom 21: 19 m at the equator. Coarser ones are sums of 4 by 4.
CREATE OR REPLACE FUNCTION iot_personal_hub.derive_map_cells(p_device_id integer, p_month date)
RETURNS TABLE (
    level smallint, tile_x integer, tile_y integer, first_day date, cells smallint[], seconds integer[])
LANGUAGE plpgsql STABLE
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    half_world CONSTANT double precision := 20037508.342789244;
    cell_m     CONSTANT double precision := 2 * half_world / 2097152;
    last_cell  CONSTANT integer := 2097151;
    farthest_m CONSTANT double precision := 200000;
BEGIN
    RETURN QUERY
    WITH of_month AS (
        SELECT journey.*, (journey.starts AT TIME ZONE 'UTC')::date AS day,
               extract(epoch FROM journey.ends - journey.starts)::double precision AS lasted
        FROM iot_personal_hub.journeys AS journey
        WHERE journey.device_id = p_device_id
          AND journey.starts >= p_month::timestamp AT TIME ZONE 'UTC'
          AND journey.starts < (p_month + interval '1 month') AT TIME ZONE 'UTC'
    ),
    ways AS (
        SELECT trip.day, trip.lasted, trip.path_10 AS path
        FROM of_month AS trip
        WHERE trip.kind = 'trip' AND trip.legs = 0 AND trip.mode IS DISTINCT FROM 'flight'
        UNION ALL
        SELECT trip.day, extract(epoch FROM leg.ends - leg.starts)::double precision, leg.path_10
        FROM of_month AS trip
        JOIN iot_personal_hub.journey_legs AS leg
            ON leg.device_id = trip.device_id AND leg.trip_starts = trip.starts
        WHERE trip.legs > 0 AND leg.mode IS DISTINCT FROM 'flight'
    ),
    lines AS (
        SELECT
            ways.day, ways.lasted, st_length(ways.path) AS map_m,
            part.geom AS line, st_length(part.geom) AS part_m
        FROM ways
        CROSS JOIN LATERAL (
            SELECT piece.geom
            FROM st_dump(ways.path) AS piece
            WHERE st_length(piece.geom) <= farthest_m
            UNION ALL
            SELECT segment.geom
            FROM st_dump(ways.path) AS piece
            CROSS JOIN LATERAL st_dumpsegments(piece.geom) AS segment
            WHERE st_length(piece.geom) > farthest_m
              AND st_length(segment.geom) <= farthest_m
        ) AS part
    ),
    -- A point for each cell that a line is long.
    steps AS (
        SELECT
            lines.day,
            lines.lasted * lines.part_m / lines.map_m / step.steps AS seconds,
            st_lineinterpolatepoint(lines.line, (n.step - 0.5) / step.steps) AS point
        FROM lines
        CROSS JOIN LATERAL (SELECT ceil(lines.part_m / cell_m)::integer AS steps OFFSET 0) AS step
        CROSS JOIN LATERAL generate_series(1, step.steps) AS n (step)
        WHERE lines.part_m > 0
    ),
    points AS (
        SELECT steps.day, steps.seconds, st_x(steps.point) AS x, st_y(steps.point) AS y
        FROM steps
        UNION ALL
        SELECT
            stay.day, stay.lasted,
            radians(stay.longitude) * 6378137,
            6378137 * ln(tan(pi() / 4 + radians(greatest(least(stay.latitude, 85.05), -85.05)) / 2))
        FROM of_month AS stay
        WHERE stay.kind = 'stay'
    ),
    smallest AS MATERIALIZED (
        SELECT
            greatest(least(floor((points.x + half_world) / cell_m), last_cell), 0)::integer AS x,
            greatest(least(floor((half_world - points.y) / cell_m), last_cell), 0)::integer AS y,
            min(points.day) AS day,
            greatest(round(sum(points.seconds)), 1)::integer AS seconds
        FROM points
        GROUP BY 1, 2
    ),
    levels AS (
        SELECT zoom.level, smallest.x >> (21 - zoom.level) AS x, smallest.y >> (21 - zoom.level) AS y,
               min(smallest.day) AS day, sum(smallest.seconds) AS seconds
        FROM smallest
        CROSS JOIN generate_series(9, 21, 2) AS zoom (level)
        GROUP BY 1, 2, 3
    )
    SELECT
        levels.level::smallint,
        levels.x >> 7,
        levels.y >> 7,
        min(levels.day),
        array_agg((((levels.y & 127) << 7) + (levels.x & 127))::smallint ORDER BY levels.y, levels.x),
        array_agg(least(levels.seconds, 2147483647)::integer ORDER BY levels.y, levels.x)
    FROM levels
    GROUP BY levels.level, levels.x >> 7, levels.y >> 7;
END
$$;
