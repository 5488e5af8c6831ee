-- Where the owner wants to go on the map, by name: the owner's alone.

-- name: visited_names
-- Grain: one row per place of the address book (of some devices: with a visit), and per city, region and country with a
-- visit.
WITH stays AS (
    SELECT visit.place_id, visit.city, visit.region, visit.country, visit.latitude, visit.longitude, visit.ends,
           visit.is_continued
    FROM iot_personal_hub.visits AS visit
    WHERE %(devices)s::integer[] IS NULL OR visit.device_id = ANY (%(devices)s::integer[])
),
levels AS (
    SELECT level.kind, level.name, stays.country, stays.latitude, stays.longitude, stays.ends, stays.is_continued
    FROM stays
    CROSS JOIN LATERAL (
        VALUES ('city', stays.city), ('region', stays.region), ('country', stays.country)) AS level (kind, name)
    WHERE level.name IS NOT NULL
)
SELECT
    levels.kind,
    levels.name,
    levels.country,
    (count(*) FILTER (WHERE NOT levels.is_continued))::integer AS visits,
    max(levels.ends) AS last_visit,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY levels.latitude) AS latitude,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY levels.longitude) AS longitude
FROM levels
GROUP BY levels.kind, levels.name, levels.country
UNION ALL
SELECT
    'place',
    place.name,
    mode() WITHIN GROUP (ORDER BY stays.country),
    (count(stays.ends) FILTER (WHERE NOT stays.is_continued))::integer,
    max(stays.ends),
    place.latitude,
    place.longitude
FROM iot_personal_hub.places AS place
LEFT JOIN stays ON stays.place_id = place.id
GROUP BY place.id
-- Who may see some devices sees where those were, and no more of the address book.
HAVING %(devices)s::integer[] IS NULL OR count(stays.ends) > 0;

-- name: cities_named
-- The largest cities of the world whose name begins with a text, in lower case and without accents.
SELECT
    'city' AS kind,
    city.name,
    country.name AS country,
    0 AS visits,
    NULL::timestamptz AS last_visit,
    st_y(city.point::geometry) AS latitude,
    st_x(city.point::geometry) AS longitude
FROM iot_personal_hub.cities AS city
LEFT JOIN iot_personal_hub.countries AS country ON country.code = city.country_code
WHERE starts_with(translate(lower(city.name), %(accented)s::text, %(plain)s::text), %(begins)s::text)
ORDER BY city.population DESC, city.name
LIMIT %(most)s::bigint;

-- name: visits_named
-- Visits to a place, city, region or country, newest first, each with the trip that led there.
SELECT
    visit.device_id,
    visit.starts,
    whole.ends,
    visit.name,
    trip.starts AS trip_starts,
    trip.distance_m AS trip_distance_m,
    trip.mode AS trip_mode
FROM iot_personal_hub.visits AS visit
-- A stay that was cut where a week ends is one visit.
CROSS JOIN LATERAL (
    SELECT max(piece.ends) AS ends
    FROM iot_personal_hub.journeys AS piece
    WHERE piece.device_id = visit.device_id
      AND piece.starts >= visit.starts
      AND piece.starts < coalesce(
          (SELECT min(following.starts)
           FROM iot_personal_hub.journeys AS following
           WHERE following.device_id = visit.device_id
             AND following.starts > visit.starts
             AND NOT following.is_continued),
          'infinity')
) AS whole
LEFT JOIN iot_personal_hub.journeys AS trip
    ON trip.device_id = visit.device_id AND trip.ends = visit.starts AND trip.kind = 'trip'
WHERE NOT visit.is_continued
  AND CASE %(kind)s::text
          WHEN 'place' THEN visit.place = %(called)s::text
          WHEN 'city' THEN visit.city = %(called)s::text AND visit.country IS NOT DISTINCT FROM %(country)s::text
          WHEN 'region' THEN visit.region = %(called)s::text AND visit.country IS NOT DISTINCT FROM %(country)s::text
          ELSE visit.country = %(called)s::text
      END
  AND (%(devices)s::integer[] IS NULL OR visit.device_id = ANY (%(devices)s::integer[]))
ORDER BY visit.starts DESC, visit.device_id
LIMIT %(most)s::bigint;
