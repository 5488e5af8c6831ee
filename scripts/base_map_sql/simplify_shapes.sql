INSERT INTO cut
SELECT shapes.layer, 0, 0, 0,
    CASE WHEN shapes.layer IN ('land', 'lakes')
         THEN st_simplifypreservetopology(projected.shape, %(tolerance)s)
         ELSE st_simplify(projected.shape, %(tolerance)s * CASE shapes.layer WHEN 'regions' THEN 2 ELSE 1 END) END
FROM shapes, LATERAL (SELECT pg_temp.project(shapes.shape) AS shape) AS projected
WHERE shapes.layer NOT IN ('lakes') OR st_area(projected.shape) > %(least_area)s
