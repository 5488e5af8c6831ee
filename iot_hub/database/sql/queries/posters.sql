-- What a poster shows of the trips that start in a range, without a schema: the connection's search_path says whose views
-- are read. So a reader's poster has what a reader's map has.

-- name: poster_totals
-- One row: how many trips start in a range, on how many days of the owner, their length by mode, when the first begins and
-- the last ends, and how wide a map of them is in Web Mercator, in metres; NULL: there is none.
WITH trips AS MATERIALIZED (
    SELECT trip.device_id, trip.starts, trip.ends, trip.mode, trip.distance_m, trip.legs, trip.path_500 AS way
    FROM journeys AS trip
    WHERE trip.kind = 'trip'
      AND trip.starts >= %(since)s::timestamptz
      AND trip.starts < %(until)s::timestamptz
      AND (%(devices)s::integer[] IS NULL OR trip.device_id = ANY (%(devices)s::integer[]))
),
moves AS (
    SELECT
        coalesce(CASE WHEN leg.starts IS NULL THEN trip.mode ELSE leg.mode END, 'unknown') AS mode,
        coalesce(leg.distance_m, trip.distance_m) AS distance_m
    FROM trips AS trip
    LEFT JOIN journey_legs AS leg
        ON leg.device_id = trip.device_id AND leg.trip_starts = trip.starts AND trip.legs > 0
),
boxes AS (
    -- A way is cut at the antimeridian, so that each part is on one side of it.
    SELECT st_xmin(part.geom) AS west, st_xmax(part.geom) AS east, st_ymin(part.geom) AS south, st_ymax(part.geom) AS north
    FROM trips AS trip
    CROSS JOIN LATERAL st_dump(trip.way) AS part
)
SELECT
    (SELECT count(*) FROM trips) AS trips,
    (SELECT count(DISTINCT (trip.starts AT TIME ZONE %(zone)s::text)::date) FROM trips AS trip) AS days,
    (SELECT min(trip.starts) FROM trips AS trip) AS starts,
    (SELECT max(trip.ends) FROM trips AS trip) AS ends,
    (SELECT coalesce(jsonb_object_agg(by_mode.mode, round(by_mode.distance_m)), '{}')
     FROM (SELECT moves.mode, sum(moves.distance_m) AS distance_m FROM moves GROUP BY moves.mode) AS by_mode) AS modes,
    (SELECT greatest(
        least(
            max(boxes.east) - min(boxes.west),
            -- Seen from the other side of the world.
            max(CASE WHEN boxes.east <= 0 THEN boxes.east + 40075016.69 ELSE boxes.east END)
            - min(CASE WHEN boxes.east <= 0 THEN boxes.west + 40075016.69 ELSE boxes.west END)),
        max(boxes.north) - min(boxes.south))
     FROM boxes) AS extent_m;

-- name: poster_lines
-- One row per mode and line of the trips that start in a range, as WKB in Web Mercator, moved by less than step_m; a way
-- that was made again is one line.
SELECT DISTINCT
    coalesce(move.mode, 'unknown') AS mode,
    st_asbinary(CASE WHEN st_npoints(snapped.line) > 1 THEN snapped.line ELSE simplified.line END) AS line
FROM (
    SELECT
        CASE WHEN leg.starts IS NULL THEN trip.mode ELSE leg.mode END AS mode,
        -- Coarser ways are smaller by far, and enough for a wide map.
        CASE WHEN %(step_m)s::float8 > 400
             THEN CASE WHEN leg.starts IS NULL THEN trip.path_500 ELSE leg.path_500 END
             WHEN %(step_m)s::float8 > 40
             THEN CASE WHEN leg.starts IS NULL THEN trip.path_50 ELSE leg.path_50 END
             ELSE CASE WHEN leg.starts IS NULL THEN trip.path_10 ELSE leg.path_10 END END AS way
    FROM journeys AS trip
    LEFT JOIN journey_legs AS leg
        ON leg.device_id = trip.device_id AND leg.trip_starts = trip.starts AND trip.legs > 0
    WHERE trip.kind = 'trip'
      AND trip.starts >= %(since)s::timestamptz
      AND trip.starts < %(until)s::timestamptz
      AND (%(devices)s::integer[] IS NULL OR trip.device_id = ANY (%(devices)s::integer[]))
) AS move
CROSS JOIN LATERAL st_dump(move.way) AS part
CROSS JOIN LATERAL st_simplify(part.geom, %(step_m)s::float8, true) AS simplified (line)
-- What is shorter than the grid would be nothing.
CROSS JOIN LATERAL st_snaptogrid(simplified.line, %(step_m)s::float8 / 4) AS snapped (line)
ORDER BY mode, line
LIMIT %(most)s::bigint;

-- name: poster_ends
-- The names and time zones of the stays before and after the only trip that starts in a range, as far as they are known.
SELECT before.name AS start_name, before.zone AS start_zone, after.name AS end_name, after.zone AS end_zone
FROM journeys AS trip
LEFT JOIN LATERAL (
    SELECT visit.name, visit.zone, stay.ends
    FROM journeys AS stay
    LEFT JOIN visits AS visit ON visit.device_id = stay.device_id AND visit.starts = stay.starts
    WHERE stay.device_id = trip.device_id AND stay.starts < trip.starts
    ORDER BY stay.starts DESC
    LIMIT 1
) AS before ON before.ends = trip.starts
LEFT JOIN visits AS after ON after.device_id = trip.device_id AND after.starts = trip.ends
WHERE trip.kind = 'trip'
  AND trip.starts >= %(since)s::timestamptz
  AND trip.starts < %(until)s::timestamptz
  AND (%(devices)s::integer[] IS NULL OR trip.device_id = ANY (%(devices)s::integer[]))
LIMIT 1;
