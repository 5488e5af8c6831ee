-- Published trips: from when to when and where to where, how long they say they are, and how long their lines are.
SELECT
    extract(epoch FROM trip.starts)::double precision AS starts,
    extract(epoch FROM trip.ends)::double precision AS ends,
    trip.distance_m AS metres,
    st_length(line.whole::geography) AS line_metres,
    st_y(line.first) AS latitude_from, st_x(line.first) AS longitude_from,
    st_y(line.last) AS latitude_to, st_x(line.last) AS longitude_to
FROM published_journeys AS trip
CROSS JOIN LATERAL (SELECT st_transform(trip.path_10, 4326)) AS drawn (whole)
CROSS JOIN LATERAL (
    SELECT
        drawn.whole,
        st_startpoint(st_geometryn(drawn.whole, 1)),
        st_endpoint(st_geometryn(drawn.whole, st_numgeometries(drawn.whole)))
) AS line (whole, first, last)
WHERE trip.device_id = %(device_id)s
  AND trip.kind = 'trip'
  AND NOT st_isempty(drawn.whole)
ORDER BY trip.starts;
