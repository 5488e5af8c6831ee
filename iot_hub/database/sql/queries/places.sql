-- name: list_places
-- One row per place: how often a device has stayed there, and when the last stay ended.
SELECT
    place.id,
    place.name,
    place.kind,
    place.latitude,
    place.longitude,
    place.radius_m,
    count(visit.starts) FILTER (WHERE NOT visit.is_continued)::integer AS visits,
    round(coalesce(sum(extract(epoch FROM visit.ends - visit.starts)), 0) / 3600)::integer AS hours,
    max(visit.ends) AS last_visit
FROM iot_personal_hub.places AS place
LEFT JOIN iot_personal_hub.visits AS visit ON visit.place_id = place.id
GROUP BY place.id
ORDER BY place.name, place.id;

-- name: find_places
-- By name, whatever its case; by number where no place has that name.
SELECT place.id, place.name, place.kind, place.latitude, place.longitude, place.radius_m
FROM iot_personal_hub.places AS place
WHERE lower(place.name) = lower(%(name)s)
   OR (place.id::text = %(name)s
       AND NOT EXISTS (SELECT FROM iot_personal_hub.places AS other WHERE lower(other.name) = lower(%(name)s)))
ORDER BY place.id;

-- name: add_place
INSERT INTO iot_personal_hub.places (name, kind, latitude, longitude, radius_m)
VALUES (%(name)s, %(kind)s, %(latitude)s, %(longitude)s, %(radius_m)s)
RETURNING id;

-- name: edit_place
UPDATE iot_personal_hub.places AS place
SET name = %(name)s,
    kind = %(kind)s,
    latitude = %(latitude)s,
    longitude = %(longitude)s,
    radius_m = %(radius_m)s
WHERE place.id = %(id)s
RETURNING place.id;

-- name: remove_place
DELETE FROM iot_personal_hub.places AS place
WHERE place.id = %(id)s
RETURNING place.id;

-- name: import_place
-- One row if it is new: no place of its name is within 50 m.
INSERT INTO iot_personal_hub.places (name, kind, latitude, longitude, radius_m)
SELECT given.name, given.kind, given.latitude, given.longitude, given.radius_m
FROM (VALUES (%(name)s::text, %(kind)s::text, %(latitude)s::float8, %(longitude)s::float8, %(radius_m)s::float8))
    AS given (name, kind, latitude, longitude, radius_m)
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.places AS place
    WHERE place.name = given.name
      AND place.latitude BETWEEN given.latitude - 0.001 AND given.latitude + 0.001
      AND iot_personal_hub.great_circle_m(place.latitude, place.longitude, given.latitude, given.longitude) <= 50)
RETURNING id;

-- name: suggest_places
-- Stays within 50 m of another one that no place of the address book reaches. Grain: one row per cluster, the longest
-- first.
WITH stays AS (
    SELECT visit.starts, visit.ends, visit.latitude, visit.longitude, visit.is_continued, visit.city
    FROM iot_personal_hub.visits AS visit
    WHERE visit.place_id IS NULL
),
-- In metres on Mercator's map, shrunk to the ground's in bands of a degree: within one, 50 m are 49 to 51 as far as 60
-- degrees.
drawn AS (
    SELECT
        stays.*,
        floor(stays.latitude) AS band,
        st_makepoint(
            111195 * stays.longitude * shrunk.factor,
            111195 * degrees(ln(tan(radians(45 + greatest(-85, least(85, stays.latitude)) / 2)))) * shrunk.factor
        ) AS point
    FROM stays
    CROSS JOIN LATERAL (SELECT cos(radians(floor(stays.latitude) + 0.5)) AS factor) AS shrunk
),
clustered AS (
    SELECT drawn.*, st_clusterdbscan(drawn.point, 50, 2) OVER (PARTITION BY drawn.band) AS place
    FROM drawn
)
SELECT
    percentile_cont(0.5) WITHIN GROUP (ORDER BY clustered.latitude) AS latitude,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY clustered.longitude) AS longitude,
    (count(*) FILTER (WHERE NOT clustered.is_continued))::integer AS visits,
    (sum(extract(epoch FROM clustered.ends - clustered.starts)) / 3600)::double precision AS hours,
    max(clustered.ends) AS last_visit,
    mode() WITHIN GROUP (ORDER BY clustered.city) AS city
FROM clustered
WHERE clustered.place IS NOT NULL
GROUP BY clustered.band, clustered.place
HAVING count(*) FILTER (WHERE NOT clustered.is_continued) >= 2
ORDER BY hours DESC, latitude, longitude
LIMIT %(most)s;

-- name: name_stays
SELECT iot_personal_hub.name_stays(%(most)s) AS named;

-- name: has_unnamed_stay
-- One row: whether name_stays has anything to do.
SELECT EXISTS (
    SELECT
    FROM iot_personal_hub.journeys AS stay
    LEFT JOIN iot_personal_hub.journey_places AS named
        ON named.device_id = stay.device_id AND named.starts = stay.starts
    WHERE stay.kind = 'stay'
      AND (named.latitude, named.longitude) IS DISTINCT FROM (stay.latitude, stay.longitude)
) AS unnamed;

-- name: archived_places
SELECT to_jsonb(place)::text AS archived FROM iot_personal_hub.places AS place ORDER BY place.id;

-- name: restore_places
INSERT INTO iot_personal_hub.places (id, name, kind, latitude, longitude, radius_m, created_at)
OVERRIDING SYSTEM VALUE
SELECT
    archived.id, archived.name, archived.kind, archived.latitude, archived.longitude, archived.radius_m,
    archived.created_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.places, %(rows)s::jsonb) AS archived;
