-- name: check_area
-- One row: what is wrong with a drawn area (NULL: nothing).
WITH drawn AS (
    SELECT st_setsrid(st_geomfromgeojson(%(geojson)s), 4326) AS polygon
)
SELECT CASE
    WHEN drawn.polygon IS NULL OR st_isempty(drawn.polygon) THEN 'it is empty'
    WHEN geometrytype(drawn.polygon) NOT IN ('POLYGON', 'MULTIPOLYGON')
        THEN 'it is a ' || lower(geometrytype(drawn.polygon)) || ', not a polygon'
    WHEN NOT st_isvalid(drawn.polygon) THEN 'its border is wrong: ' || st_isvalidreason(drawn.polygon)
    WHEN st_area(drawn.polygon::geography) > 1e12 THEN 'it is larger than a million square kilometres'
END AS problem
FROM drawn;

-- name: add_area
INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)
VALUES (%(name)s, st_force2d(st_setsrid(st_geomfromgeojson(%(geojson)s), 4326)))
RETURNING id;

-- name: list_areas
SELECT
    area.id,
    area.name,
    round((st_area(area.polygon::geography) / 1e4)::numeric, 2)::float AS hectares,
    area.created_at
FROM iot_personal_hub.dim_blocked_areas AS area
ORDER BY area.name;

-- name: remove_area
DELETE FROM iot_personal_hub.dim_blocked_areas AS area
WHERE area.name = %(name)s
RETURNING area.id;
