-- Devices for generated events, numbered from one.
INSERT INTO iot_personal_hub.dim_devices (id, name, type)
SELECT number, 'bench ' || number, 'smartphone' FROM generate_series(1, %(devices)s) AS number
