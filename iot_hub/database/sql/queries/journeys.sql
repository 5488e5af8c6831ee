-- name: journeys_near
-- When any device was within a radius of a position: its stays there, and its trips that led past, newest first.
WITH here AS (
    SELECT
        st_setsrid(st_makepoint(%(longitude)s::double precision, %(latitude)s::double precision), 4326) AS point,
        -- Degrees that hold the radius, at a pole too.
        %(radius_m)s::double precision / 111195.0 AS north,
        least(%(radius_m)s::double precision / 111195.0 / greatest(cos(radians(%(latitude)s::double precision)), 1e-3), 180) AS east,
        %(radius_m)s::double precision * cosh(ln(tan(pi() / 4 + radians(least(greatest(%(latitude)s::double precision, -85.0), 85.0)) / 2))) AS map_m
),
-- What is near across the antimeridian is a turn away.
searched AS (
    SELECT
        here.map_m,
        st_expand(st_translate(here.point, turn.turns * 360, 0), here.east, here.north) AS box,
        st_translate(st_transform(here.point, 3857), turn.turns * 40075016.685578488, 0) AS map_point
    FROM here
    CROSS JOIN (VALUES (-1), (0), (1)) AS turn (turns)
)
SELECT stay.device_id, stay.kind, stay.mode, stay.starts, stay.ends
FROM searched
JOIN iot_personal_hub.journeys AS stay
    ON stay.kind = 'stay'
   AND (%(devices)s::integer[] IS NULL OR stay.device_id = ANY (%(devices)s::integer[]))
   AND st_setsrid(st_makepoint(stay.longitude, stay.latitude), 4326) && searched.box
   AND iot_personal_hub.great_circle_m(
           stay.latitude, stay.longitude, %(latitude)s::double precision, %(longitude)s::double precision) <= %(radius_m)s::double precision
UNION
SELECT trip.device_id, trip.kind, trip.mode, trip.starts, trip.ends
FROM searched
JOIN iot_personal_hub.journeys AS trip
    ON (%(devices)s::integer[] IS NULL OR trip.device_id = ANY (%(devices)s::integer[]))
   AND trip.path_50 && st_expand(searched.map_point, searched.map_m + 200)
   AND st_distance(trip.path_10, searched.map_point) <= searched.map_m
ORDER BY starts DESC, device_id
LIMIT %(most)s::bigint;
