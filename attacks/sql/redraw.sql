UPDATE iot_personal_hub.dim_blocked_areas AS area
SET polygon = st_setsrid(st_geomfromgeojson(%(geojson)s), 4326)
WHERE area.name = %(name)s;
