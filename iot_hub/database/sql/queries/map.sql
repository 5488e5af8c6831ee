-- What the map shows, and what programs read, without a schema: the connection's search_path says whose views are read.

-- name: journeys_tile
-- A Mapbox vector tile. Layer trips: a line per trip, or per leg of one, that is as long as two pixels (of 512 a tile) at
-- 50 degrees north, as coarse as the zoom allows: each line is off by less than a pixel. Layer stays, from zoom 9: a point per 8 pixels in
-- which a device stayed, with how often and how long.
WITH scale AS (
    SELECT
        st_tileenvelope(%(z)s::integer, %(x)s::integer, %(y)s::integer) AS tile,
        40075016.68::double precision / 512 / (1 << %(z)s::integer) AS pixel_m,
        -- A quarter of a pixel, where the browser does not enlarge the tile.
        CASE WHEN %(z)s::integer <= 11 THEN 2048 ELSE 4096 END AS steps
),
lines AS (
    SELECT
        journey.device_id, journey.starts, journey.ends, journey.mode, journey.extent_m,
        journey.distance_m, journey.path_10, journey.path_50, journey.path_500
    FROM journeys AS journey
    WHERE journey.legs = 0
    UNION ALL
    -- A leg is no wider than it is long.
    SELECT leg.device_id, leg.starts, leg.ends, leg.mode, leg.distance_m, leg.distance_m, leg.path_10, leg.path_50, leg.path_500
    FROM journey_legs AS leg
),
-- Materialized: each line is cut once, not again to see whether anything is left of it.
trips AS MATERIALIZED (
    SELECT
        st_asmvtgeom(
            CASE
                WHEN %(z)s::integer <= 7 THEN line.path_500
                WHEN %(z)s::integer <= 11 THEN line.path_50
                ELSE line.path_10
            END,
            scale.tile, scale.steps, 32) AS line,
        line.device_id,
        coalesce(line.mode, 'unknown') AS mode,
        extract(epoch FROM line.starts)::bigint AS starts,
        extract(epoch FROM line.ends)::bigint AS ends,
        (line.starts AT TIME ZONE %(zone)s::text)::date::text AS day,
        round(3.6 * line.distance_m / extract(epoch FROM line.ends - line.starts))::integer AS kmh
    FROM lines AS line
    CROSS JOIN scale
    WHERE line.path_50 && st_expand(
          st_tileenvelope(%(z)s::integer, %(x)s::integer, %(y)s::integer), 313087 / (1 << %(z)s::integer))
      AND line.extent_m >= 1.3 * scale.pixel_m
      AND (%(since)s::timestamptz IS NULL OR line.ends > %(since)s::timestamptz)
      AND (%(until)s::timestamptz IS NULL OR line.starts < %(until)s::timestamptz)
      AND (%(devices)s::integer[] IS NULL OR line.device_id = ANY (%(devices)s::integer[]))
),
stays AS (
    SELECT
        st_transform(st_setsrid(st_makepoint(journey.longitude, journey.latitude), 4326), 3857) AS point,
        journey.device_id,
        journey.is_continued,
        journey.ends - journey.starts AS lasted
    FROM journeys AS journey
    WHERE %(z)s::integer >= 9
      AND journey.kind = 'stay'
      AND st_setsrid(st_makepoint(journey.longitude, journey.latitude), 4326) && st_transform(
          st_tileenvelope(%(z)s::integer, %(x)s::integer, %(y)s::integer), 4326)
      AND (%(since)s::timestamptz IS NULL OR journey.ends > %(since)s::timestamptz)
      AND (%(until)s::timestamptz IS NULL OR journey.starts < %(until)s::timestamptz)
      AND (%(devices)s::integer[] IS NULL OR journey.device_id = ANY (%(devices)s::integer[]))
),
places AS MATERIALIZED (
    SELECT
        st_asmvtgeom(
            st_centroid(st_collect(stay.point)), (SELECT scale.tile FROM scale), (SELECT scale.steps FROM scale), 0)
            AS point,
        stay.device_id,
        count(*) FILTER (WHERE NOT stay.is_continued) AS visits,
        round(extract(epoch FROM sum(stay.lasted)) / 3600, 1)::double precision AS hours
    FROM stays AS stay
    GROUP BY stay.device_id, st_snaptogrid(stay.point, 8 * (SELECT scale.pixel_m FROM scale))
)
SELECT
    coalesce((
        SELECT st_asmvt(trips, 'trips', (SELECT scale.steps FROM scale), 'line')
        FROM trips
        WHERE trips.line IS NOT NULL), '')
    || coalesce((
        SELECT st_asmvt(places, 'stays', (SELECT scale.steps FROM scale), 'point')
        FROM places
        WHERE places.point IS NOT NULL), '') AS tile;

-- name: journeys_of_device
-- The journeys that touch a range, oldest first; the line of a trip as GeoJSON, to a tenth of a metre.
SELECT
    journey.kind,
    journey.starts,
    journey.ends,
    journey.mode,
    journey.latitude,
    journey.longitude,
    journey.distance_m,
    journey.is_continued,
    visit.name,
    visit.kind AS place_kind,
    visit.zone,
    st_asgeojson(st_transform(journey.path_10, 4326), 6) AS path
FROM journeys AS journey
LEFT JOIN visits AS visit ON visit.device_id = journey.device_id AND visit.starts = journey.starts
WHERE journey.device_id = %(device_id)s
  AND journey.ends > %(since)s::timestamptz
  AND journey.starts < %(until)s::timestamptz
ORDER BY journey.starts
LIMIT %(limit)s::bigint;

-- name: legs_of_journeys
-- The legs of trips that start between two instants, both included, oldest first; each with its line, as the trip's is.
SELECT
    leg.trip_starts,
    leg.starts,
    leg.ends,
    leg.mode,
    leg.distance_m,
    st_asgeojson(st_transform(leg.path_10, 4326), 6) AS path
FROM journey_legs AS leg
WHERE leg.device_id = %(device_id)s
  AND leg.trip_starts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
ORDER BY leg.starts;

-- name: journeys_by_day
-- How far devices moved on each day of the owner's zone, for the slider's histogram.
SELECT
    to_char(journey.starts AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD') AS day,
    round(sum(journey.distance_m))::double precision AS distance_m,
    count(*) AS trips
FROM journeys AS journey
WHERE journey.kind = 'trip'
  AND (%(devices)s::integer[] IS NULL OR journey.device_id = ANY (%(devices)s::integer[]))
GROUP BY 1
ORDER BY 1;

-- name: new_places_by_day
-- Days of the owner's zone with a visit that was the first of a place of the owner's, or of a city; and how many there were.
-- A visit is a stay of least_s seconds, also where a week's end cut it. This reads all stays.
WITH stays AS MATERIALIZED (
    SELECT stay.starts, stay.place_id, stay.country_code, stay.region, stay.city
    FROM named_journeys AS stay
    LEFT JOIN named_journeys AS rest
        ON rest.device_id = stay.device_id AND rest.starts = stay.ends AND rest.kind = 'stay' AND rest.is_continued
    WHERE stay.kind = 'stay'
      AND NOT stay.is_continued
      AND coalesce(rest.ends, stay.ends) - stay.starts >= make_interval(secs => %(least_s)s::integer)
      AND (%(devices)s::integer[] IS NULL OR stay.device_id = ANY (%(devices)s::integer[]))
),
-- A visit that is the first of both counts once.
firsts AS (
    SELECT min(stay.starts) AS starts
    FROM stays AS stay
    WHERE stay.place_id IS NOT NULL
    GROUP BY stay.place_id
    UNION
    SELECT min(stay.starts)
    FROM stays AS stay
    WHERE stay.city IS NOT NULL
    GROUP BY stay.country_code, stay.region, stay.city
)
SELECT to_char(firsts.starts AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD') AS day, count(*) AS new_places
FROM firsts
GROUP BY 1
ORDER BY 1;
