INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)
VALUES ('home', st_buffer(st_setsrid(st_makepoint(21.5, 52.5), 4326)::geography, 100)::geometry)
