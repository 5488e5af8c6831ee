-- Small areas on a lattice over where the generated fixes lie.
INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)
SELECT
    'area ' || number,
    st_buffer(st_setsrid(st_makepoint(21.12 + 0.17 * mod(number, 5), 52.12 + 0.2 * (number / 5)), 4326)::geography, 100)::geometry
FROM generate_series(1, %(areas)s) AS area (number)
