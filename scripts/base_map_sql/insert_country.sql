INSERT INTO labels
SELECT 'countries', 0,
    st_transform(st_wrapx(st_wrapx(st_pointonsurface(largest.geom), 180, -360), -180, 360), 3857),
    %(about)s::jsonb || jsonb_build_object('square_km', round(st_area(whole.shape::geography) / 1e6))
FROM (SELECT st_makevalid(st_geomfromgeojson(%(shape)s)) AS shape) AS whole,
    LATERAL (SELECT part.geom FROM st_dump(whole.shape) AS part ORDER BY st_area(part.geom) DESC LIMIT 1) AS largest
