-- Journeys of people who stay at nine places a day, with a trip between them, in a year in three towns of six hundred: as they
-- are derived, cut at weeks. Deterministic.
WITH days AS (
    SELECT device.number AS device_id, day.starts, row_number() OVER (PARTITION BY device.number ORDER BY day.starts) AS number
    FROM generate_series(1, %(devices)s) AS device (number)
    CROSS JOIN generate_series(%(from)s::timestamptz, %(to)s::timestamptz, interval '1 day') AS day (starts)
),
stays AS (
    SELECT
        days.device_id,
        days.starts + interval '7 hours' + slot.number * interval '90 minutes' AS starts,
        CASE slot.number
            WHEN 8 THEN days.starts + interval '31 hours'
            -- A third are stops.
            ELSE days.starts + interval '7 hours' + slot.number * interval '90 minutes'
                 + CASE mod(days.number + slot.number, 3) WHEN 0 THEN interval '12 minutes' ELSE interval '61 minutes' END
        END AS ends,
        CASE
            WHEN mod(days.number / 20, 12) = 7 THEN 100 + mod(days.number / 3, 500)
            WHEN slot.number = 8 THEN 0
            ELSE mod(days.number * 7 + slot.number * slot.number * 5 + days.device_id, 60)
        END AS town
    FROM days
    CROSS JOIN generate_series(0, 8) AS slot (number)
),
parts AS (
    SELECT stays.device_id, stays.starts, least(stays.ends, week.ends) AS ends, stays.town, false AS is_continued
    FROM stays
    CROSS JOIN LATERAL (SELECT date_trunc('week', stays.starts, 'UTC') + interval '7 days') AS week (ends)
    UNION ALL
    SELECT stays.device_id, week.ends, stays.ends, stays.town, true
    FROM stays
    CROSS JOIN LATERAL (SELECT date_trunc('week', stays.starts, 'UTC') + interval '7 days') AS week (ends)
    WHERE stays.ends > week.ends
),
own_places AS (
    INSERT INTO iot_personal_hub.places (name, kind, latitude, longitude)
    SELECT 'place ' || town.number, 'other', 50 + town.number / 100.0, 20
    FROM generate_series(0, 19) AS town (number)
    RETURNING id, split_part(name, ' ', 2)::integer AS town
),
travelled AS (
    INSERT INTO iot_personal_hub.journeys (
        device_id, starts, ends, kind, mode, latitude, longitude, distance_m, extent_m, fixes, is_continued, is_anchor,
        path_10, path_50, path_500)
    SELECT
        parts.device_id, parts.starts, parts.ends, 'stay', NULL, 50 + parts.town / 100.0, 20, NULL, 20, 30, parts.is_continued,
        false, NULL, NULL, NULL
    FROM parts
    UNION ALL
    SELECT
        stays.device_id, stays.ends, stays.starts + interval '90 minutes', 'trip', 'vehicle', NULL, NULL, 12000, 12000, 90, false,
        false, way.line, way.line, way.line
    FROM stays
    CROSS JOIN LATERAL (
        SELECT st_multi(st_makeline(
            st_setsrid(st_makepoint(2226390 + point.n * 200, 6446276 + 300 * sin(point.n + stays.town)), 3857) ORDER BY point.n))
        FROM generate_series(1, 30) AS point (n)
    ) AS way (line)
    WHERE stays.ends < stays.starts + interval '90 minutes'
    -- As they come over the years.
    ORDER BY starts
    RETURNING device_id, starts, latitude, longitude
)
INSERT INTO iot_personal_hub.journey_places (
    device_id, starts, latitude, longitude, place_id, country_code, country, region, city)
SELECT
    travelled.device_id, travelled.starts, travelled.latitude, travelled.longitude, own_places.id, named.code,
    'country ' || named.code, 'region ' || mod(named.town, 40), 'city ' || named.town
FROM travelled
CROSS JOIN LATERAL (
    SELECT round((travelled.latitude - 50) * 100)::integer AS town,
           'C' || CASE WHEN travelled.latitude < 50.995 THEN 0 ELSE mod(round(travelled.latitude * 100)::integer, 30) END AS code
) AS named
LEFT JOIN own_places ON own_places.town = named.town
WHERE travelled.latitude IS NOT NULL
