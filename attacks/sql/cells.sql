-- The smallest published cells, for how long trips led through each, and the day on which its tile was first visited.
SELECT
    degrees(atan(sinh(pi() * (1 - 2 * (tile.tile_y * 128 + (cell.cell >> 7) + 0.5) / 2097152)))) AS latitude,
    360 * (tile.tile_x * 128 + (cell.cell & 127) + 0.5)::double precision / 2097152 - 180 AS longitude,
    sum(cell.seconds)::double precision AS seconds,
    min(tile.first_day - '1970-01-01'::date)::double precision AS first_day
FROM published_map_cells AS tile
CROSS JOIN LATERAL ROWS FROM (unnest(tile.cells), unnest(tile.seconds)) AS cell (cell, seconds)
WHERE tile.device_id = %(device_id)s
  AND tile.level = 21
GROUP BY 1, 2
ORDER BY 1, 2;
