INSERT INTO cut
SELECT parent.layer, parent.z + 1, 2 * parent.x + step_x, 2 * parent.y + step_y, part.shape
FROM cut AS parent, generate_series(0, 1) AS step_x, generate_series(0, 1) AS step_y,
    LATERAL (SELECT st_clipbybox2d(parent.shape, st_expand(
        st_tileenvelope(parent.z + 1, 2 * parent.x + step_x, 2 * parent.y + step_y), %(edge)s)) AS shape) AS part
WHERE NOT st_isempty(part.shape)
