WITH shapes AS (
    SELECT cut.layer, cut.x, cut.y,
           st_asmvtgeom(cut.shape, st_tileenvelope(cut.z, cut.x, cut.y), %(steps)s, %(steps)s / 64, true)
               AS shape
    FROM cut
),
labels AS (
    SELECT labels.layer, tile.x, tile.y, labels.about,
           st_asmvtgeom(labels.shape, st_tileenvelope(%(z)s, tile.x, tile.y), %(steps)s, 0, true) AS shape
    FROM labels,
        LATERAL (SELECT floor((st_x(labels.shape) / %(world)s + 0.5) * 2 ^ %(z)s)::integer AS x,
                        floor((0.5 - st_y(labels.shape) / %(world)s) * 2 ^ %(z)s)::integer AS y) AS tile
    WHERE labels.zoom <= %(z)s
),
layers AS (
    SELECT shapes.layer, shapes.x, shapes.y,
           st_asmvt((SELECT whole FROM (SELECT shapes.shape) AS whole), shapes.layer, %(steps)s) AS mvt
    FROM shapes WHERE shapes.shape IS NOT NULL GROUP BY shapes.layer, shapes.x, shapes.y
    UNION ALL
    SELECT labels.layer, labels.x, labels.y,
           st_asmvt((SELECT whole FROM (SELECT labels.shape, labels.about) AS whole), labels.layer, %(steps)s
                    ORDER BY (labels.about ->> 'population')::bigint DESC NULLS LAST, labels.about ->> 'name')
    FROM labels WHERE labels.shape IS NOT NULL GROUP BY labels.layer, labels.x, labels.y
)
SELECT layers.x, layers.y,
       string_agg(layers.mvt, '' ORDER BY array_position(%(order)s::text[], layers.layer)) AS tile
FROM layers GROUP BY layers.x, layers.y
