-- name: check_area
-- One row: what is wrong with a drawn area (NULL: nothing), and the polygon as it is kept: cut at the
-- antimeridian (RFC 7946, 3.1.9), and with corners every 0.1 degrees, since an edge that is straight on
-- a map is not the shortest way on the ground: of 100 km it strays by 250 m, and of this by 1.2 m at most.
WITH drawn AS (
    SELECT st_force2d(st_setsrid(st_geomfromgeojson(%(geojson)s), 4326)) AS polygon
),
whole AS (
    SELECT
        drawn.polygon AS drawn,
        CASE WHEN NOT st_isempty(drawn.polygon) AND st_isvalid(drawn.polygon) THEN
            st_collectionextract(st_wrapx(st_wrapx(st_segmentize(drawn.polygon, 0.1), 180, -360), -180, 360), 3)
        END AS polygon
    FROM drawn
),
measured AS (
    SELECT
        whole.drawn,
        whole.polygon,
        st_area(whole.polygon::geography) AS square_m,
        111195 * (90 - abs(st_y(st_centroid(whole.polygon::geography)::geometry))) AS middle_to_pole_m,
        90 - greatest(abs(st_ymax(whole.polygon)), abs(st_ymin(whole.polygon))) AS to_pole_degrees,
        %(margin)s + (SELECT max(st_distance(st_centroid(whole.polygon::geography), corner.geom::geography))
                      FROM st_dumppoints(whole.polygon) AS corner) AS zone_radius_m
    FROM whole
)
SELECT
    CASE
        WHEN st_isempty(measured.drawn) THEN 'it is empty'
        -- Without the position: the owner sees it anyway, and a log may keep it.
        WHEN NOT st_isvalid(measured.drawn)
            THEN 'its border is wrong: ' || split_part(st_isvalidreason(measured.drawn), '[', 1)
        WHEN measured.square_m > 1e12 THEN 'it is larger than a million square kilometres'
        WHEN measured.zone_radius_m > 2e6 THEN 'it is more than 4000 km long'
        -- areas_containing() takes the ground for flat; so near, it is too round for that.
        WHEN measured.to_pole_degrees < 1 OR measured.middle_to_pole_m < 2 * measured.zone_radius_m
            THEN 'it is too near a pole'
    END AS problem,
    measured.polygon::text AS polygon
FROM measured;

-- name: circle
-- One row: a circle as GeoJSON. Its 64 corners are a little further out, so that all of it is inside.
WITH corners AS (
    SELECT
        step.n,
        st_project(
            st_setsrid(st_makepoint(%(longitude)s, %(latitude)s), 4326)::geography,
            %(radius)s / cos(pi() / 64),
            -2 * pi() * (step.n %% 64) / 64)::geometry AS corner
    FROM generate_series(0, 64) AS step (n)
)
SELECT json_build_object(
    'type', 'Polygon',
    'coordinates', json_build_array(json_agg(
        json_build_array(st_x(corners.corner), st_y(corners.corner)) ORDER BY corners.n)))::text AS geojson
FROM corners;

-- name: add_area
INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon, margin_m)
VALUES (%(name)s, %(polygon)s::geometry, %(margin)s)
RETURNING id;

-- name: edit_area
UPDATE iot_personal_hub.dim_blocked_areas AS area
SET name = %(new_name)s,
    polygon = coalesce(%(polygon)s::geometry, area.polygon),
    margin_m = %(margin)s
WHERE area.name = %(name)s
RETURNING area.id;

-- name: list_areas
-- Never where the zone is: its displacement is secret.
SELECT
    area.id,
    area.name,
    round((st_area(area.polygon::geography) / 1e4)::numeric, 2)::float AS hectares,
    round(area.zone_radius_m)::integer AS zone_radius_m,
    area.margin_m,
    area.created_at
FROM iot_personal_hub.dim_blocked_areas AS area
ORDER BY area.name;

-- name: drawn_areas
-- Every area as it was drawn: without the corners that check_area put on straight edges.
SELECT
    area.name,
    area.margin_m,
    st_asgeojson(st_simplifypreservetopology(area.polygon, 1e-9), 9) AS geojson
FROM iot_personal_hub.dim_blocked_areas AS area
ORDER BY area.name;

-- name: remove_area
DELETE FROM iot_personal_hub.dim_blocked_areas AS area
WHERE area.name = %(name)s
RETURNING area.id;

-- name: masking_progress
-- One row while a change of the areas has left fixes to judge, else none: how many are judged, of how many, and how many
-- seconds ago one was.
SELECT
    coalesce(sum(job.judged), 0)::bigint AS judged,
    coalesce(sum(job.fixes), 0)::bigint AS fixes,
    extract(epoch FROM clock_timestamp() - max(job.worked_at))::double precision AS silent_seconds
FROM iot_personal_hub.published_settings AS setting
LEFT JOIN iot_personal_hub.masking_jobs AS job ON true
WHERE NOT setting.readings_shown
GROUP BY setting.only_row;

-- name: area_suggestions_basis
-- What suggestions rest on, as far as a change shows: areas, and devices with their fixes of the year before the hour of
-- the newest. Grain: one row per area and per device with a fix.
SELECT
    'area' AS kind,
    area.name,
    md5(concat(area.polygon::text, area.margin_m)) AS version,
    NULL::timestamptz AS hour,
    NULL::bigint AS fixes
FROM iot_personal_hub.dim_blocked_areas AS area
UNION ALL
SELECT
    'device',
    device.name,
    device.id::text,
    newest.hour,
    (SELECT count(*)
     FROM iot_personal_hub.locations AS location
     WHERE location.device_id = device.id
       AND location.location_time >= newest.hour - interval '1 year'
       AND location.location_time < newest.hour)
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL (
    SELECT date_trunc('hour', location.location_time) AS hour
    FROM iot_personal_hub.locations AS location
    WHERE location.device_id = device.id
    ORDER BY location.location_time DESC
    LIMIT 1
) AS newest
ORDER BY kind, name;

-- name: area_suggestions
-- Where a device regularly spends the night (01:00-05:00) or the working day (Monday to Friday,
-- 10:00-15:00), in the owner's time zone, as far as no area covers it: at least half of that time on
-- at least three days, within about 150 m. Grain: one row per kind and place.
WITH newest AS (
    SELECT max(location.location_time) AS at
    FROM iot_personal_hub.locations AS location
    WHERE location.device_id = %(device)s
      AND location.outlier IS NULL
),
fixes AS (
    SELECT
        location.latitude,
        location.longitude,
        location.private,
        -- A fix that is first reported much later says where the device was reported, not since when.
        CASE WHEN location.first_reported > location.location_time + interval '18 hours'
             THEN location.first_reported ELSE location.location_time END AS starts,
        greatest(location.location_time, location.last_reported) AS last_said,
        lead(location.location_time) OVER by_time AS next_time,
        lead(location.latitude) OVER by_time AS next_latitude,
        lead(location.longitude) OVER by_time AS next_longitude,
        newest.at AS newest
    FROM iot_personal_hub.locations AS location
    CROSS JOIN newest
    WHERE location.device_id = %(device)s
      AND location.outlier IS NULL
      -- A year at most counts, so no more is read, however many there are.
      AND location.location_time > newest.at - interval '1 year'
    WINDOW by_time AS (ORDER BY location.location_time, location.latitude, location.longitude)
),
-- From a fix to the next one nearby, as of a phone that sleeps where its owner does; else for as long as
-- the fix is reported.
stays AS (
    SELECT
        fixes.latitude,
        fixes.longitude,
        fixes.starts,
        CASE WHEN fixes.next_time <= fixes.starts + interval '18 hours'
              AND abs(fixes.next_latitude - fixes.latitude) < 0.0027
              AND abs(iot_personal_hub.wrap_longitude(fixes.next_longitude - fixes.longitude))
                  * cos(radians(fixes.latitude)) < 0.0027
             THEN fixes.next_time
             ELSE least(fixes.last_said, fixes.next_time) END AS ends,
        fixes.newest
    FROM fixes
    WHERE NOT fixes.private
),
-- A stay once for each day of the owner that it touches, of which there is mostly one.
days_of_stays AS (
    SELECT
        touching.latitude, touching.longitude, touching.starts, touching.ends, touching.newest,
        touching.first_day + generate_series(0, touching.last_day - touching.first_day) AS day
    FROM (
        SELECT
            stays.*,
            (stays.starts AT TIME ZONE %(zone)s)::date AS first_day,
            (stays.ends AT TIME ZONE %(zone)s)::date AS last_day
        FROM stays
        WHERE stays.ends > stays.starts
    ) AS touching
),
-- Once for all stays: they are a hundred times as many.
windows AS MATERIALIZED (
    SELECT
        kind.name AS kind,
        day.day::date AS day,
        (day.day::date + kind.begins) AT TIME ZONE %(zone)s AS starts,
        (day.day::date + kind.finishes) AT TIME ZONE %(zone)s AS ends
    FROM (SELECT min(days_of_stays.day) AS first, max(days_of_stays.day) AS last FROM days_of_stays) AS known
    CROSS JOIN LATERAL generate_series(known.first, known.last, interval '1 day') AS day (day)
    JOIN (VALUES ('night', time '01:00', time '05:00', 7), ('work', time '10:00', time '15:00', 5))
        AS kind (name, begins, finishes, last_weekday)
        ON extract(isodow FROM day.day) <= kind.last_weekday
),
in_windows AS (
    SELECT
        windows.kind,
        windows.day,
        stay.latitude,
        stay.longitude,
        stay.newest,
        extract(epoch FROM windows.ends - windows.starts) AS window_seconds,
        extract(epoch FROM least(stay.ends, windows.ends) - greatest(stay.starts, windows.starts)) AS seconds
    FROM days_of_stays AS stay
    JOIN windows ON windows.day = stay.day
    WHERE stay.starts < windows.ends
      AND stay.ends > windows.starts
),
-- One point for a day's stay in each cell of about 100 m; ten minutes are no stay.
spots AS (
    SELECT
        in_windows.kind,
        in_windows.day,
        max(in_windows.newest) AS newest,
        max(in_windows.window_seconds) AS window_seconds,
        sum(in_windows.seconds) AS seconds,
        sum(in_windows.latitude * in_windows.seconds) / sum(in_windows.seconds) AS latitude,
        sum(in_windows.longitude * in_windows.seconds) / sum(in_windows.seconds) AS longitude
    FROM in_windows
    GROUP BY in_windows.kind, in_windows.day, round(in_windows.latitude * 1000), round(in_windows.longitude * 1000)
    HAVING sum(in_windows.seconds) >= 600
),
-- Longitudes from the western end of the smallest arc that holds all: those of a home on the antimeridian run on over 180.
along_arc AS (
    SELECT
        spots.kind, spots.day, spots.newest, spots.window_seconds, spots.seconds, spots.latitude,
        CASE WHEN spots.longitude < arc.west THEN 360 ELSE 0 END + spots.longitude AS longitude
    FROM spots
    CROSS JOIN (
        SELECT (iot_personal_hub.longitude_arc(array_agg(spots.longitude::numeric))).west::double precision
        FROM spots
    ) AS arc (west)
),
-- On Mercator's map, where 250 m are 150 m on the ground at 53 degrees and a degree of longitude is 111319 m.
clustered AS (
    SELECT
        along_arc.kind, along_arc.day, along_arc.newest, along_arc.window_seconds, along_arc.seconds,
        along_arc.latitude, along_arc.longitude,
        st_clusterdbscan(
            st_makepoint(
                111319.49 * along_arc.longitude,
                111319.49 * degrees(ln(tan(radians(45 + greatest(-85, least(85, along_arc.latitude)) / 2))))),
            250, 1
        ) OVER (PARTITION BY along_arc.kind) AS place
    FROM along_arc
),
days AS (
    SELECT
        clustered.kind,
        clustered.place,
        clustered.day,
        max(clustered.newest) AS newest,
        sum(clustered.seconds) AS seconds,
        sum(clustered.latitude * clustered.seconds) AS latitude_seconds,
        sum(clustered.longitude * clustered.seconds) AS longitude_seconds
    FROM clustered
    GROUP BY clustered.kind, clustered.place, clustered.day
    HAVING sum(clustered.seconds) >= max(clustered.window_seconds) / 2
)
SELECT
    days.kind,
    count(*)::integer AS days,
    count(*) FILTER (
        WHERE days.day > (days.newest AT TIME ZONE %(zone)s)::date - 28)::integer AS recent_days,
    max(days.day) AS last_day,
    sum(days.latitude_seconds) / sum(days.seconds) AS latitude,
    iot_personal_hub.wrap_longitude(sum(days.longitude_seconds) / sum(days.seconds)) AS longitude
FROM days
GROUP BY days.kind, days.place
HAVING count(*) >= 3
   -- While fixes are being judged again, those in a new area are not marked yet.
   AND NOT EXISTS (
       SELECT
       FROM iot_personal_hub.areas_containing(
           sum(days.latitude_seconds) / sum(days.seconds),
           iot_personal_hub.wrap_longitude(sum(days.longitude_seconds) / sum(days.seconds)), 0))
ORDER BY count(*) DESC, days.kind, days.place;
