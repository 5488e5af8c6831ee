-- Where devices have been, as tiles for the map, without a schema: the connection's search_path says whose views are
-- read. Months (UTC) that a range touches count as a whole.

-- name: heat_tile
-- A Mapbox vector tile of zoom 0 to 14. Layer heat: a point in the midst of each cell in which devices were, with the seconds
-- for which they were. A cell is 4 of the tile's 512 pixels, 8 at odd zooms; larger tiles than those of zoom 2 are of its.
WITH scale AS (
    SELECT
        zoom.parent,
        (zoom.parent + 7)::smallint AS level,
        1 << (zoom.parent + 7 - %(z)s::integer) AS size,
        %(x)s::integer * (1 << (zoom.parent + 7 - %(z)s::integer)) AS west,
        %(y)s::integer * (1 << (zoom.parent + 7 - %(z)s::integer)) AS north
    FROM (SELECT greatest(2, %(z)s::integer - %(z)s::integer %% 2) AS parent) AS zoom
),
cells AS (
    SELECT
        tile.tile_x * 128 + (cell.cell & 127) - scale.west AS x,
        tile.tile_y * 128 + (cell.cell >> 7) - scale.north AS y,
        sum(cell.seconds) AS seconds
    FROM scale
    JOIN map_cells AS tile
        ON tile.level = scale.level
       AND tile.tile_x BETWEEN scale.west >> 7 AND (scale.west + scale.size - 1) >> 7
       AND tile.tile_y BETWEEN scale.north >> 7 AND (scale.north + scale.size - 1) >> 7
    CROSS JOIN LATERAL ROWS FROM (unnest(tile.cells), unnest(tile.seconds)) AS cell (cell, seconds)
    WHERE (%(first_month)s::date IS NULL OR tile.month >= %(first_month)s::date)
      AND (%(last_month)s::date IS NULL OR tile.month <= %(last_month)s::date)
      AND (%(devices)s::integer[] IS NULL OR tile.device_id = ANY (%(devices)s::integer[]))
    GROUP BY 1, 2
),
points AS (
    SELECT
        st_makepoint((cells.x + 0.5) * 4096 / scale.size, (cells.y + 0.5) * 4096 / scale.size) AS point,
        cells.seconds
    FROM scale
    JOIN cells ON cells.x >= 0 AND cells.x < scale.size AND cells.y >= 0 AND cells.y < scale.size
)
SELECT coalesce(st_asmvt(points, 'heat', 4096, 'point'), '') AS tile
FROM points;

-- name: explored_tile
-- A Mapbox vector tile of zoom 0 to 14. Layer explored: a square of zoom 14 in which devices were, with its first day as
-- far as the range goes; below zoom 7 a larger one. Layer fog: rectangles of all that is not explored.
WITH scale AS (
    SELECT
        (CASE WHEN %(z)s::integer > 6 THEN 21 ELSE zoom.parent + 7 END)::smallint AS level,
        1 << (zoom.square - %(z)s::integer) AS size,
        %(x)s::integer * (1 << (zoom.square - %(z)s::integer)) AS west,
        %(y)s::integer * (1 << (zoom.square - %(z)s::integer)) AS north
    FROM (
        SELECT
            parent.parent,
            CASE WHEN %(z)s::integer > 6 THEN 14 ELSE parent.parent + 7 END AS square
        FROM (SELECT greatest(2, %(z)s::integer - %(z)s::integer %% 2) AS parent) AS parent
    ) AS zoom
),
tiles AS (
    SELECT tile.tile_x, tile.tile_y, tile.cells, tile.first_day
    FROM scale
    JOIN map_cells AS tile
        ON tile.level = scale.level
       AND CASE WHEN %(z)s::integer > 6
                THEN tile.tile_x BETWEEN scale.west AND scale.west + scale.size - 1
                 AND tile.tile_y BETWEEN scale.north AND scale.north + scale.size - 1
                ELSE tile.tile_x BETWEEN scale.west >> 7 AND (scale.west + scale.size - 1) >> 7
                 AND tile.tile_y BETWEEN scale.north >> 7 AND (scale.north + scale.size - 1) >> 7 END
    WHERE (%(first_month)s::date IS NULL OR tile.month >= %(first_month)s::date)
      AND (%(last_month)s::date IS NULL OR tile.month <= %(last_month)s::date)
      AND (%(devices)s::integer[] IS NULL OR tile.device_id = ANY (%(devices)s::integer[]))
),
squares AS (
    SELECT tiles.tile_x - scale.west AS x, tiles.tile_y - scale.north AS y, min(tiles.first_day) AS day
    FROM scale
    JOIN tiles ON %(z)s::integer > 6
    GROUP BY 1, 2
    UNION ALL
    SELECT
        tiles.tile_x * 128 + (cell.cell & 127) - scale.west,
        tiles.tile_y * 128 + (cell.cell >> 7) - scale.north,
        min(tiles.first_day)
    FROM scale
    JOIN tiles ON %(z)s::integer <= 6
    CROSS JOIN LATERAL unnest(tiles.cells) AS cell (cell)
    GROUP BY 1, 2
),
explored AS MATERIALIZED (
    SELECT squares.x, squares.y, squares.day
    FROM scale
    JOIN squares ON squares.x >= 0 AND squares.x < scale.size AND squares.y >= 0 AND squares.y < scale.size
),
-- What lies between two explored squares of a row, or an edge of the tile.
edges AS (
    SELECT explored.x, explored.y
    FROM explored
    UNION ALL
    SELECT side.x, line.y
    FROM scale
    CROSS JOIN generate_series(0, scale.size - 1) AS line (y)
    CROSS JOIN LATERAL (VALUES (-1), (scale.size)) AS side (x)
),
spans AS (
    SELECT edges.y, edges.x + 1 AS west, lead(edges.x) OVER (PARTITION BY edges.y ORDER BY edges.x) AS east
    FROM edges
),
-- Spans of neighbouring rows that are alike are one rectangle.
rectangles AS (
    SELECT numbered.west, numbered.east, min(numbered.y) AS north, max(numbered.y) + 1 AS south
    FROM (
        SELECT spans.*, spans.y - row_number() OVER (PARTITION BY spans.west, spans.east ORDER BY spans.y) AS block
        FROM spans
        WHERE spans.east > spans.west
    ) AS numbered
    GROUP BY numbered.west, numbered.east, numbered.block
),
-- A tile's rows run from the north.
fog AS (
    SELECT
        st_makeenvelope(
            rectangles.west * 4096.0 / scale.size, rectangles.north * 4096.0 / scale.size,
            rectangles.east * 4096.0 / scale.size, rectangles.south * 4096.0 / scale.size) AS area
    FROM scale
    CROSS JOIN rectangles
),
ground AS (
    SELECT
        st_makeenvelope(
            explored.x * 4096.0 / scale.size, explored.y * 4096.0 / scale.size,
            (explored.x + 1) * 4096.0 / scale.size, (explored.y + 1) * 4096.0 / scale.size) AS area,
        to_char(explored.day, 'YYYY-MM-DD') AS day
    FROM scale
    CROSS JOIN explored
)
SELECT
    coalesce((SELECT st_asmvt(ground, 'explored', 4096, 'area') FROM ground), '')
    || coalesce((SELECT st_asmvt(fog, 'fog', 4096, 'area') FROM fog), '') AS tile;

-- name: count_explored
-- One row: how many squares of zoom 14 devices have been in.
SELECT count(*)::integer AS squares
FROM (
    SELECT DISTINCT tile.tile_x, tile.tile_y
    FROM map_cells AS tile
    WHERE tile.level = 21
      AND (%(first_month)s::date IS NULL OR tile.month >= %(first_month)s::date)
      AND (%(last_month)s::date IS NULL OR tile.month <= %(last_month)s::date)
      AND (%(devices)s::integer[] IS NULL OR tile.device_id = ANY (%(devices)s::integer[]))
) AS explored;
