-- name: gazetteer_version
-- One row, or none: the version of the files that countries and cities were loaded from.
SELECT loaded.version FROM iot_personal_hub.gazetteer_version AS loaded;

-- name: lock_gazetteer
-- One process loads it. Whoever looks up a name meanwhile does not wait: it sees what was there.
LOCK TABLE iot_personal_hub.gazetteer_version IN EXCLUSIVE MODE;

-- name: clear_gazetteer
DELETE FROM iot_personal_hub.country_pieces;
DELETE FROM iot_personal_hub.countries;
DELETE FROM iot_personal_hub.cities;
DELETE FROM iot_personal_hub.zone_cities;
DELETE FROM iot_personal_hub.gazetteer_version;
DELETE FROM iot_personal_hub.journey_places;

-- name: add_country_pieces
-- Pieces are Tiny Well-Known Binary, as base64; one that rounding has split is several.
WITH loaded AS (
    SELECT piece.code, piece.name, piece.shape
    FROM unnest(%(codes)s::text[], %(names)s::text[], %(shapes)s::text[]) AS piece (code, name, shape)
),
named AS (
    INSERT INTO iot_personal_hub.countries (code, name)
    SELECT DISTINCT loaded.code, loaded.name FROM loaded
    ON CONFLICT (code) DO NOTHING
)
INSERT INTO iot_personal_hub.country_pieces (code, shape)
SELECT loaded.code, part.geom
FROM loaded
CROSS JOIN LATERAL st_dump(st_setsrid(st_geomfromtwkb(decode(loaded.shape, 'base64')), 4326)) AS part;

-- name: copy_cities
COPY iot_personal_hub.cities (name, country_code, region, population, point) FROM STDIN;

-- name: copy_zone_cities
COPY iot_personal_hub.zone_cities (country_code, zone, point) FROM STDIN;

-- name: note_gazetteer
INSERT INTO iot_personal_hub.gazetteer_version (version) VALUES (%(version)s);

-- name: analyze_gazetteer
ANALYZE
    iot_personal_hub.countries, iot_personal_hub.country_pieces, iot_personal_hub.cities, iot_personal_hub.zone_cities;
