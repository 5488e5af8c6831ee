INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)
VALUES ('elsewhere', st_buffer(st_setsrid(st_makepoint(-58.4, -34.6), 4326)::geography, 100)::geometry)
