-- Figures of a day, the owner's alone.

-- name: strips_of_device
-- What a device measured of each figure of a range, thinned to the least and the most of each step of {step_s} seconds.
-- A step without a value has no row. Speeds are those that fixes report; between fixes that report none, 30 seconds to
-- 15 minutes apart, the speed of the way from one to the next.
WITH figures AS (
    SELECT figure.name, property.path
    FROM (VALUES
        ('battery', 'battery.level'), ('heart_rate', 'body.heart_rate_bpm'), ('temperature', 'climate.temperature_C')
    ) AS figure (name, property)
    JOIN iot_personal_hub.dim_properties AS property ON property.name = figure.property
),
fixes AS (
    SELECT
        location.location_time AS measured_at, location.altitude_m, location.speed_ms,
        location.latitude, location.longitude
    FROM iot_hub_owner.locations AS location
    WHERE location.device_id = %(device_id)s
      AND location.location_time >= %(since)s::timestamptz
      AND location.location_time < %(until)s::timestamptz
      AND location.location_time <= now()
),
spaced AS (
    SELECT DISTINCT ON (date_bin('30 seconds', fix.measured_at, %(since)s::timestamptz))
        fix.measured_at, fix.latitude, fix.longitude
    FROM fixes AS fix
    WHERE fix.speed_ms IS NULL
    ORDER BY date_bin('30 seconds', fix.measured_at, %(since)s::timestamptz), fix.measured_at
),
ways AS (
    SELECT
        spaced.measured_at,
        extract(epoch FROM spaced.measured_at - lag(spaced.measured_at) OVER following)::double precision AS seconds,
        iot_personal_hub.great_circle_m(
            lag(spaced.latitude) OVER following, lag(spaced.longitude) OVER following,
            spaced.latitude, spaced.longitude) AS metres
    FROM spaced
    WINDOW following AS (ORDER BY spaced.measured_at)
),
readings AS (
    SELECT event.device_time AS measured_at, figures.name AS figure, event.properties #> figures.path AS value
    FROM iot_hub_owner.events AS event
    JOIN figures ON event.properties ? figures.path[1]
    WHERE event.device_id = %(device_id)s
      AND event.device_time >= %(since)s::timestamptz
      AND event.device_time < %(until)s::timestamptz
      AND event.device_time <= now()
    -- Keeps the planner from taking the value out of the JSON once for every mention of it.
    OFFSET 0
),
measured AS (
    SELECT readings.measured_at, readings.figure, iot_personal_hub.number_of(readings.value)::double precision AS value
    FROM readings
    UNION ALL
    SELECT fixes.measured_at, 'altitude', fixes.altitude_m
    FROM fixes
    UNION ALL
    SELECT fixes.measured_at, 'speed', fixes.speed_ms
    FROM fixes
    UNION ALL
    SELECT ways.measured_at, 'speed', ways.metres / ways.seconds
    FROM ways
    WHERE ways.seconds BETWEEN 15 AND 900
)
SELECT
    measured.figure,
    floor(extract(epoch FROM measured.measured_at - %(since)s::timestamptz) / %(step_s)s::integer)::integer
        * %(step_s)s::integer AS second,
    round(min(measured.value)::numeric, 2)::double precision AS least,
    round(max(measured.value)::numeric, 2)::double precision AS most
FROM measured
WHERE measured.value IS NOT NULL
GROUP BY measured.figure, 2
ORDER BY measured.figure, 2;
