-- The ends of the lines of published trips, and the point of the line beside each.
WITH lines AS (
    SELECT trip.starts, st_transform(part.geom, 4326) AS line
    FROM published_journeys AS trip
    CROSS JOIN LATERAL st_dump(trip.path_10) AS part
    WHERE trip.device_id = %(device_id)s AND trip.kind = 'trip'
),
ends AS (
    SELECT lines.starts, st_startpoint(lines.line) AS tip, st_pointn(lines.line, 2) AS beside FROM lines
    UNION ALL
    SELECT lines.starts, st_endpoint(lines.line), st_pointn(lines.line, -2) FROM lines
)
SELECT
    st_y(ends.tip) AS latitude, st_x(ends.tip) AS longitude,
    st_y(ends.beside) AS latitude_beside, st_x(ends.beside) AS longitude_beside
FROM ends
ORDER BY ends.starts;
