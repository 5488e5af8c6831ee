-- What a person's journeys add up to. Each statement reads named_journeys and journey_moves, so that it gives the same of any
-- set of journeys: of the owner's, and of the trips that are published.
--
-- Time is cut where a period begins in the owner's time zone. A trip with its distance, and a visit, count once: where
-- they start. So the months of a year add up to the year. A visit is a stay of least_s seconds, a stop a shorter one; a
-- stay that was cut at a week's end is one.

-- name: statistics_devices
-- One row per device with a journey: when its first starts and its last ends, the longest history first.
SELECT device.id AS device_id, device.name, first.starts, last.ends
FROM iot_personal_hub.dim_devices AS device
CROSS JOIN LATERAL (
    SELECT journey.starts
    FROM iot_personal_hub.named_journeys AS journey
    WHERE journey.device_id = device.id
    ORDER BY journey.starts
    LIMIT 1
) AS first
CROSS JOIN LATERAL (
    SELECT journey.ends
    FROM iot_personal_hub.named_journeys AS journey
    WHERE journey.device_id = device.id
    ORDER BY journey.starts DESC
    LIMIT 1
) AS last
ORDER BY last.ends - first.starts DESC, device.id;

-- name: statistics_by_period
-- One row per month or year, oldest first, from the first journey in the range to the last.
WITH chosen AS MATERIALIZED (
    -- The journey before a range may reach into it, and a stay that begins with it may be that one's rest.
    SELECT device.device_id, before.starts AS begins_with
    FROM devices AS device
    LEFT JOIN LATERAL (
        SELECT journey.starts
        FROM named_journeys AS journey
        WHERE journey.device_id = device.device_id AND journey.starts < %(since)s::timestamptz
        ORDER BY journey.starts DESC
        LIMIT 1
    ) AS before ON true
    WHERE %(devices)s::integer[] IS NULL OR device.device_id = ANY (%(devices)s::integer[])
),
periods AS MATERIALIZED (
    SELECT iot_personal_hub.period_starts(
        %(zone)s::text, %(step)s::text, %(since)s::timestamptz, %(until)s::timestamptz) AS starts
),
journeys AS MATERIALIZED (
    SELECT
        journey.*,
        extract(epoch FROM
            journey.ends - journey.starts
            + CASE WHEN journey.is_continued
                   THEN lag(journey.ends - journey.starts, 1, interval '0') OVER device ELSE interval '0' END
            + CASE WHEN lead(journey.is_continued) OVER device
                   THEN lead(journey.ends - journey.starts) OVER device ELSE interval '0' END
        ) >= %(least_s)s::integer AS is_visit
    FROM chosen
    JOIN named_journeys AS journey
        ON journey.device_id = chosen.device_id
       AND journey.starts >= coalesce(chosen.begins_with, %(since)s::timestamptz)
       AND journey.starts <= %(until)s::timestamptz
    WINDOW device AS (PARTITION BY journey.device_id ORDER BY journey.starts)
),
numbered AS MATERIALIZED (
    SELECT
        journey.*,
        inside.since,
        inside.until,
        width_bucket(inside.since, (SELECT periods.starts FROM periods)) AS first_period,
        width_bucket(inside.until - interval '1 microsecond', (SELECT periods.starts FROM periods)) AS last_period
    FROM journeys AS journey
    CROSS JOIN LATERAL (
        SELECT greatest(journey.starts, %(since)s::timestamptz), least(journey.ends, %(until)s::timestamptz)
    ) AS inside (since, until)
    WHERE inside.since < inside.until
),
-- Nearly all are in one period.
pieces AS (
    SELECT numbered.*, numbered.first_period AS period, extract(epoch FROM numbered.until - numbered.since) AS seconds
    FROM numbered
    WHERE numbered.first_period = numbered.last_period
    UNION ALL
    SELECT
        numbered.*,
        period.number,
        extract(epoch FROM
            least(numbered.until, periods.starts[period.number + 1])
            - greatest(numbered.since, periods.starts[period.number]))
    FROM numbered
    CROSS JOIN periods
    CROSS JOIN LATERAL generate_series(numbered.first_period, numbered.last_period) AS period (number)
    WHERE numbered.first_period < numbered.last_period
),
counted AS MATERIALIZED (
    SELECT
        piece.*,
        piece.period = piece.first_period AND piece.since = piece.starts AND NOT piece.is_continued AS is_start
    FROM pieces AS piece
),
totals AS (
    SELECT
        counted.period,
        sum(counted.seconds) FILTER (WHERE counted.kind = 'trip') AS moving_s,
        sum(counted.seconds) FILTER (WHERE counted.kind = 'stay') AS staying_s,
        sum(counted.seconds) FILTER (WHERE counted.kind = 'gap') AS unknown_s,
        count(*) FILTER (WHERE counted.kind = 'trip' AND counted.is_start) AS trips,
        count(*) FILTER (WHERE counted.kind = 'stay' AND counted.is_start AND counted.is_visit) AS visits,
        count(*) FILTER (WHERE counted.kind = 'stay' AND counted.is_start AND NOT counted.is_visit) AS stops,
        count(DISTINCT counted.country_code) FILTER (WHERE counted.is_visit) AS countries,
        count(DISTINCT (counted.country_code, counted.region, counted.city))
            FILTER (WHERE counted.is_visit AND counted.city IS NOT NULL) AS cities
    FROM counted
    GROUP BY counted.period
),
-- Legs count with their trip.
moves AS MATERIALIZED (
    SELECT
        coalesce(move.mode, 'unknown') AS mode,
        move.distance_m,
        inside.since,
        inside.until,
        move.trip_starts >= %(since)s::timestamptz AS is_counted,
        width_bucket(move.trip_starts, (SELECT periods.starts FROM periods)) AS trip_period,
        width_bucket(inside.since, (SELECT periods.starts FROM periods)) AS first_period,
        width_bucket(inside.until - interval '1 microsecond', (SELECT periods.starts FROM periods)) AS last_period
    FROM chosen
    JOIN journey_moves AS move
        ON move.device_id = chosen.device_id
       AND move.trip_starts >= coalesce(chosen.begins_with, %(since)s::timestamptz)
       AND move.trip_starts < %(until)s::timestamptz
    CROSS JOIN LATERAL (
        SELECT greatest(move.starts, %(since)s::timestamptz), least(move.ends, %(until)s::timestamptz)
    ) AS inside (since, until)
),
figures_of_modes AS (
    SELECT counted.period, coalesce(counted.mode, 'unknown') AS mode, 1 AS trips, 0 AS distance_m, 0 AS seconds
    FROM counted
    WHERE counted.kind = 'trip' AND counted.is_start
    UNION ALL
    SELECT moves.trip_period, moves.mode, 0, round(moves.distance_m), 0
    FROM moves
    WHERE moves.is_counted
    UNION ALL
    SELECT moves.first_period, moves.mode, 0, 0, extract(epoch FROM moves.until - moves.since)
    FROM moves
    WHERE moves.since < moves.until AND moves.first_period = moves.last_period
    UNION ALL
    SELECT
        period.number,
        moves.mode,
        0,
        0,
        extract(epoch FROM
            least(moves.until, periods.starts[period.number + 1])
            - greatest(moves.since, periods.starts[period.number]))
    FROM moves
    CROSS JOIN periods
    CROSS JOIN LATERAL generate_series(moves.first_period, moves.last_period) AS period (number)
    WHERE moves.since < moves.until AND moves.first_period < moves.last_period
),
by_mode AS (
    SELECT
        each.period,
        sum(each.distance_m) AS distance_m,
        jsonb_object_agg(each.mode, jsonb_build_object(
            'trips', each.trips, 'distance_m', each.distance_m, 'seconds', each.seconds)) AS modes
    FROM (
        SELECT
            figure.period,
            figure.mode,
            sum(figure.trips) AS trips,
            coalesce(sum(figure.distance_m), 0)::bigint AS distance_m,
            sum(figure.seconds)::bigint AS seconds
        FROM figures_of_modes AS figure
        GROUP BY figure.period, figure.mode
    ) AS each
    GROUP BY each.period
),
by_kind AS (
    SELECT each.period, jsonb_object_agg(each.kind, each.seconds) AS kinds
    FROM (
        SELECT counted.period, counted.place_kind AS kind, sum(counted.seconds)::bigint AS seconds
        FROM counted
        WHERE counted.place_kind IS NOT NULL
        GROUP BY counted.period, counted.place_kind
    ) AS each
    GROUP BY each.period
)
SELECT
    to_char(periods.starts[totals.period] AT TIME ZONE %(zone)s::text,
            CASE %(step)s::text WHEN 'year' THEN 'YYYY' ELSE 'YYYY-MM' END) AS period,
    greatest(periods.starts[totals.period], %(since)s::timestamptz) AS starts,
    least(periods.starts[totals.period + 1], %(until)s::timestamptz) AS ends,
    totals.trips,
    -- Of a time of which nothing is known, nothing is said.
    CASE WHEN coalesce(totals.moving_s, totals.staying_s) IS NOT NULL
         THEN coalesce(by_mode.distance_m, 0) END::bigint AS distance_m,
    coalesce(totals.moving_s, 0)::bigint AS moving_s,
    coalesce(totals.staying_s, 0)::bigint AS staying_s,
    coalesce(totals.unknown_s, 0)::bigint AS unknown_s,
    totals.visits,
    totals.stops,
    totals.countries,
    totals.cities,
    coalesce(by_mode.modes, '{}') AS modes,
    coalesce(by_kind.kinds, '{}') AS kinds
FROM totals
CROSS JOIN periods
LEFT JOIN by_mode ON by_mode.period = totals.period
LEFT JOIN by_kind ON by_kind.period = totals.period
ORDER BY totals.period;

-- name: statistics_by_place
-- Where devices stayed in a range: one row per place (level place: the owner's, or else the city), city, region or
-- country, the longest stayed at first. days: days that a stay touches, however short. nights: days that ended there.
-- first_visit and last_visit are of all time up to the range's end.
WITH chosen AS MATERIALIZED (
    SELECT device.device_id
    FROM devices AS device
    WHERE %(devices)s::integer[] IS NULL OR device.device_id = ANY (%(devices)s::integer[])
),
days AS MATERIALIZED (
    SELECT iot_personal_hub.period_starts(
        %(zone)s::text, 'day', %(since)s::timestamptz, %(until)s::timestamptz) AS starts
),
-- How much longer a stay is that was cut. Few are: a window over all stays takes longer than all the rest.
cuts AS (
    SELECT
        rest.device_id, part.starts, rest.starts AS rest_starts,
        part.ends - part.starts AS part_lasts, rest.ends - rest.starts AS rest_lasts
    FROM chosen
    JOIN named_journeys AS rest
        ON rest.device_id = chosen.device_id AND rest.kind = 'stay' AND rest.is_continued
       AND rest.starts <= %(until)s::timestamptz
    CROSS JOIN LATERAL (
        SELECT stay.starts, stay.ends
        FROM named_journeys AS stay
        WHERE stay.device_id = rest.device_id AND stay.starts < rest.starts
        ORDER BY stay.starts DESC
        LIMIT 1
    ) AS part
),
others AS MATERIALIZED (
    SELECT part.device_id, part.starts, sum(part.lasts) AS lasts
    FROM (
        SELECT cuts.device_id, cuts.starts, cuts.rest_lasts FROM cuts
        UNION ALL
        SELECT cuts.device_id, cuts.rest_starts, cuts.part_lasts FROM cuts
    ) AS part (device_id, starts, lasts)
    GROUP BY part.device_id, part.starts
),
-- Materialized: of columns of tables the planner expects nearly as many groups as stays, and sorts them all.
stays AS MATERIALIZED (
    SELECT
        stay.starts,
        stay.ends,
        stay.is_continued,
        stay.ends - stay.starts + coalesce(others.lasts, interval '0') >= make_interval(secs => %(least_s)s::integer) AS is_visit,
        at.*
    FROM chosen
    JOIN named_journeys AS stay
        ON stay.device_id = chosen.device_id AND stay.kind = 'stay' AND stay.starts < %(until)s::timestamptz
    LEFT JOIN others ON others.device_id = stay.device_id AND others.starts = stay.starts
    -- A place of the owner's is one, also where it lies in two cities.
    CROSS JOIN LATERAL (SELECT %(level)s::text = 'place' AND stay.place_id IS NOT NULL AS is_own) AS place
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN place.is_own THEN stay.place_id END AS place_id,
            CASE WHEN place.is_own THEN stay.place END AS place,
            CASE WHEN place.is_own THEN stay.place_kind END AS place_kind,
            CASE WHEN NOT place.is_own THEN stay.country_code END AS country_code,
            CASE WHEN NOT place.is_own THEN stay.country END AS country,
            CASE WHEN NOT place.is_own AND %(level)s::text <> 'country' THEN stay.region END AS region,
            CASE WHEN NOT place.is_own AND %(level)s::text IN ('place', 'city') THEN stay.city END AS city
    ) AS at
),
of_all_time AS (
    SELECT
        stay.place_id, stay.country_code, stay.country, stay.region, stay.city,
        min(stay.starts) FILTER (WHERE stay.is_visit) AS first_visit,
        max(stay.starts) FILTER (WHERE stay.is_visit) AS last_visit
    FROM stays AS stay
    GROUP BY stay.place_id, stay.country_code, stay.country, stay.region, stay.city
),
numbered AS (
    SELECT
        stay.*,
        inside.since,
        inside.until,
        NOT stay.is_continued AND inside.since = stay.starts AS is_start,
        width_bucket(inside.since, (SELECT days.starts FROM days)) AS first_day,
        width_bucket(inside.until - interval '1 microsecond', (SELECT days.starts FROM days)) AS last_day,
        width_bucket(inside.until, (SELECT days.starts FROM days)) AS next_day
    FROM stays AS stay
    CROSS JOIN LATERAL (
        SELECT greatest(stay.starts, %(since)s::timestamptz), least(stay.ends, %(until)s::timestamptz)
    ) AS inside (since, until)
    WHERE stay.ends > %(since)s::timestamptz
),
totals AS (
    SELECT
        stay.place_id,
        max(stay.place) AS place,
        max(stay.place_kind) AS place_kind,
        stay.country_code, stay.country, stay.region, stay.city,
        extract(epoch FROM sum(stay.until - stay.since))::bigint AS seconds,
        count(*) FILTER (WHERE stay.is_visit AND stay.is_start) AS visits,
        count(*) FILTER (WHERE NOT stay.is_visit AND stay.is_start) AS stops,
        range_agg(int4range(stay.first_day, stay.last_day, '[]')) AS days,
        range_agg(int4range(stay.first_day, stay.next_day)) AS nights
    FROM numbered AS stay
    GROUP BY stay.place_id, stay.country_code, stay.country, stay.region, stay.city
)
SELECT
    totals.place_id,
    coalesce(totals.place, totals.city, totals.region, totals.country) AS name,
    totals.place_kind,
    totals.country_code,
    totals.country,
    totals.region,
    totals.city,
    totals.visits,
    totals.stops,
    totals.seconds,
    (SELECT coalesce(sum(upper(run) - lower(run)), 0) FROM unnest(totals.days) AS run) AS days,
    (SELECT coalesce(sum(upper(run) - lower(run)), 0) FROM unnest(totals.nights) AS run) AS nights,
    to_char(of_all_time.first_visit AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD') AS first_visit,
    to_char(of_all_time.last_visit AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD') AS last_visit
FROM totals
-- Text, as NULL is a part of a place's name.
JOIN of_all_time
    ON (of_all_time.place_id, of_all_time.country_code, of_all_time.country, of_all_time.region, of_all_time.city)::text
     = (totals.place_id, totals.country_code, totals.country, totals.region, totals.city)::text
ORDER BY totals.seconds DESC, totals.place_id, totals.country_code, totals.country, totals.region, totals.city
LIMIT %(most)s::bigint;

-- name: statistics_of_days
-- One row: the days of a range of which anything is known, and the nights: days at whose end some device was at a place,
-- on its way, or neither is known.
WITH days AS MATERIALIZED (
    SELECT iot_personal_hub.period_starts(
        %(zone)s::text, 'day', %(since)s::timestamptz, %(until)s::timestamptz) AS starts
),
-- The journey before a range may reach into it.
chosen AS MATERIALIZED (
    SELECT device.device_id, coalesce(before.starts, %(since)s::timestamptz) AS since
    FROM devices AS device
    LEFT JOIN LATERAL (
        SELECT journey.starts
        FROM named_journeys AS journey
        WHERE journey.device_id = device.device_id AND journey.starts < %(since)s::timestamptz
        ORDER BY journey.starts DESC
        LIMIT 1
    ) AS before ON true
    WHERE %(devices)s::integer[] IS NULL OR device.device_id = ANY (%(devices)s::integer[])
),
journeys AS (
    SELECT
        journey.kind,
        width_bucket(greatest(journey.starts, %(since)s::timestamptz), (SELECT days.starts FROM days)) AS first_day,
        width_bucket(
            least(journey.ends, %(until)s::timestamptz) - interval '1 microsecond', (SELECT days.starts FROM days)
        ) AS last_day,
        width_bucket(least(journey.ends, %(until)s::timestamptz), (SELECT days.starts FROM days)) AS next_day
    FROM chosen
    JOIN named_journeys AS journey
        ON journey.device_id = chosen.device_id
       AND journey.starts >= chosen.since
       AND journey.starts < %(until)s::timestamptz
    WHERE journey.kind <> 'gap'
      AND journey.ends > %(since)s::timestamptz
),
known AS (
    SELECT
        day.number,
        bool_or(journeys.kind = 'stay' AND day.number < journeys.next_day) AS ends_at_place,
        bool_or(journeys.kind = 'trip' AND day.number < journeys.next_day) AS ends_on_the_way
    FROM journeys
    CROSS JOIN LATERAL generate_series(journeys.first_day, journeys.last_day) AS day (number)
    GROUP BY day.number
)
SELECT
    count(*) AS days,
    count(*) FILTER (WHERE known.ends_at_place) AS nights_at_places,
    count(*) FILTER (WHERE known.ends_on_the_way AND NOT known.ends_at_place) AS nights_on_the_way,
    count(*) FILTER (WHERE NOT known.ends_on_the_way AND NOT known.ends_at_place) AS nights_unknown
FROM known;

-- name: statistics_longest_trips
-- The longest trips that start in a range, with where they began and ended, if that is known.
WITH longest AS MATERIALIZED (
    SELECT trip.device_id, trip.starts, trip.ends, trip.mode, trip.distance_m
    FROM named_journeys AS trip
    WHERE trip.kind = 'trip'
      AND trip.starts >= %(since)s::timestamptz
      AND trip.starts < %(until)s::timestamptz
      AND (%(devices)s::integer[] IS NULL OR trip.device_id = ANY (%(devices)s::integer[]))
    ORDER BY trip.distance_m DESC NULLS LAST, trip.starts, trip.device_id
    LIMIT %(most)s::bigint
)
SELECT
    longest.device_id,
    to_char(longest.starts AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD') AS day,
    longest.starts,
    longest.ends,
    longest.mode,
    round(longest.distance_m)::bigint AS distance_m,
    before.name AS start_name,
    after.name AS end_name
FROM longest
LEFT JOIN LATERAL (
    SELECT stay.ends, coalesce(stay.place, stay.city, stay.region, stay.country) AS name
    FROM named_journeys AS stay
    WHERE stay.device_id = longest.device_id
      AND stay.starts < longest.starts
    ORDER BY stay.starts DESC
    LIMIT 1
) AS before ON before.ends = longest.starts
LEFT JOIN LATERAL (
    SELECT coalesce(stay.place, stay.city, stay.region, stay.country) AS name
    FROM named_journeys AS stay
    WHERE stay.device_id = longest.device_id
      AND stay.starts = longest.ends
) AS after ON true
ORDER BY longest.distance_m DESC NULLS LAST, longest.starts, longest.device_id;

-- name: statistics_streaks
-- One row per mode: on how many days of a range a trip or a leg of one started, and the longest run of such days; the first of equals.
WITH days AS MATERIALIZED (
    SELECT iot_personal_hub.period_starts(
        %(zone)s::text, 'day', %(since)s::timestamptz, %(until)s::timestamptz) AS starts
),
moved AS (
    SELECT DISTINCT move.mode, width_bucket(move.starts, (SELECT days.starts FROM days)) AS day
    FROM journey_moves AS move
    WHERE move.mode IS NOT NULL
      AND move.starts >= %(since)s::timestamptz
      AND move.starts < %(until)s::timestamptz
      AND (%(devices)s::integer[] IS NULL OR move.device_id = ANY (%(devices)s::integer[]))
),
runs AS (
    SELECT numbered.mode, min(numbered.day) AS first_day, max(numbered.day) AS last_day, count(*) AS days
    FROM (
        SELECT moved.mode, moved.day, moved.day - row_number() OVER (PARTITION BY moved.mode ORDER BY moved.day) AS run
        FROM moved
    ) AS numbered
    GROUP BY numbered.mode, numbered.run
),
longest AS (
    SELECT DISTINCT ON (runs.mode) runs.*, sum(runs.days) OVER (PARTITION BY runs.mode)::bigint AS active_days
    FROM runs
    ORDER BY runs.mode, runs.days DESC, runs.first_day
)
SELECT
    longest.mode,
    longest.active_days,
    longest.days AS longest_days,
    to_char(days.starts[longest.first_day] AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD') AS first_day,
    to_char(days.starts[longest.last_day] AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD') AS last_day
FROM longest
CROSS JOIN days
ORDER BY longest.active_days DESC, longest.mode;

-- name: published_trip_ends
-- Where published trips of a range began and ended, to a hundredth of a degree: one row per position, with the days on which.
SELECT
    round(st_y(place.point)::numeric, 2)::double precision AS latitude,
    round(st_x(place.point)::numeric, 2)::double precision AS longitude,
    array_agg(DISTINCT to_char(place.at AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD')) AS days
FROM journeys AS trip
CROSS JOIN LATERAL (
    SELECT trip.starts, st_transform(st_startpoint(st_geometryn(trip.path_10, 1)), 4326)
    UNION ALL
    SELECT
        trip.ends - interval '1 microsecond',
        st_transform(st_endpoint(st_geometryn(trip.path_10, st_numgeometries(trip.path_10))), 4326)
) AS place (at, point)
WHERE trip.kind = 'trip'
  AND place.point IS NOT NULL
  AND place.at >= %(since)s::timestamptz
  AND place.at < %(until)s::timestamptz
  AND trip.ends > %(since)s::timestamptz
  AND trip.starts < %(until)s::timestamptz
  AND (%(devices)s::integer[] IS NULL OR trip.device_id = ANY (%(devices)s::integer[]))
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: names_of_positions
-- What is at positions: one row per position on land, in their order.
SELECT
    position.number::integer - 1 AS number,
    name.country_code,
    name.country,
    name.region,
    name.city
FROM unnest(%(latitudes)s::double precision[], %(longitudes)s::double precision[])
    WITH ORDINALITY AS position (latitude, longitude, number)
CROSS JOIN LATERAL iot_personal_hub.place_name_of(position.latitude, position.longitude) AS name
ORDER BY position.number;

-- name: statistics_map
-- One row, or none where no trip has a way: a map of a range as SVG paths, width_px wide. lines: an object of a path per
-- mode. land: an object of a path per country in the frame, empty before the gazetteer is loaded.
WITH ways AS MATERIALIZED (
    SELECT coalesce(move.mode, 'unknown') AS mode, move.path_500 AS way
    FROM iot_personal_hub.moves AS move
    WHERE move.trip_starts >= %(since)s::timestamptz
      AND move.trip_starts < %(until)s::timestamptz
      AND move.path_500 IS NOT NULL
      AND (%(devices)s::integer[] IS NULL OR move.device_id = ANY (%(devices)s::integer[]))
),
extent AS (
    SELECT
        (st_xmin(box.whole) + st_xmax(box.whole)) / 2 AS x,
        (st_ymin(box.whole) + st_ymax(box.whole)) / 2 AS y,
        -- A tenth of room around it, 10 km at least, and the shape of the picture.
        greatest(
            (st_xmax(box.whole) - st_xmin(box.whole)) * 1.2,
            (st_ymax(box.whole) - st_ymin(box.whole)) * 1.2 * %(width_px)s::float8 / %(height_px)s::float8,
            10000) AS width
    FROM (SELECT st_extent(ways.way) AS whole FROM ways) AS box
    WHERE box.whole IS NOT NULL
),
frame AS MATERIALIZED (
    SELECT
        extent.x - extent.width / 2 AS west,
        extent.y + extent.width / 2 * %(height_px)s::float8 / %(width_px)s::float8 AS north,
        extent.width / %(width_px)s::float8 AS pixel_m,
        st_transform(st_intersection(
            st_makeenvelope(
                extent.x - extent.width / 2,
                extent.y - extent.width / 2 * %(height_px)s::float8 / %(width_px)s::float8,
                extent.x + extent.width / 2,
                extent.y + extent.width / 2 * %(height_px)s::float8 / %(width_px)s::float8,
                3857),
            st_makeenvelope(-20037508, -20037508, 20037508, 20037508, 3857)), 4326) AS shown
    FROM extent
),
lines AS (
    SELECT
        ways.mode,
        string_agg(st_assvg(st_simplify(drawn.way, 0.5, true), 0, 1), ' ') AS path
    FROM ways
    CROSS JOIN frame
    CROSS JOIN LATERAL (
        SELECT st_scale(st_translate(ways.way, -frame.west, -frame.north), 1 / frame.pixel_m, 1 / frame.pixel_m)
    ) AS drawn (way)
    -- What is shorter than a pixel is a dot at most.
    WHERE st_length(drawn.way) >= 1
    GROUP BY ways.mode
),
land AS (
    SELECT
        piece.code,
        string_agg(
            st_assvg(
                st_scale(
                    st_translate(
                        st_transform(cut.shape, 3857), -frame.west, -frame.north),
                    1 / frame.pixel_m, 1 / frame.pixel_m),
                0, 1),
            ' ') AS path
    FROM frame
    JOIN iot_personal_hub.country_pieces AS piece ON piece.shape && frame.shown
    -- Half a pixel at the equator, in degrees. Mercator ends before the poles.
    CROSS JOIN LATERAL (
        SELECT st_clipbybox2d(
            st_simplify(piece.shape, frame.pixel_m / 222390, true),
            st_expand(frame.shown::box2d, least(frame.pixel_m / 50000, 0.5))::box2d)
    ) AS clipped (shape)
    CROSS JOIN LATERAL (SELECT st_clipbybox2d(clipped.shape, st_makebox2d(st_point(-180, -85), st_point(180, 85))))
        AS cut (shape)
    WHERE NOT st_isempty(cut.shape)
    GROUP BY piece.code
)
SELECT
    coalesce((SELECT jsonb_object_agg(lines.mode, lines.path) FROM lines), '{}') AS lines,
    coalesce((SELECT jsonb_object_agg(land.code, land.path) FROM land), '{}') AS land
FROM frame;
