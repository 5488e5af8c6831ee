-- name: add_share_link
INSERT INTO iot_personal_hub.share_links
    (token_hash, name, kind, precision_m, measurements, window_start, window_end, live, destination,
     destination_latitude, destination_longitude, expires_at)
VALUES (%(token_hash)s, %(name)s, %(kind)s, %(precision_m)s, %(measurements)s, %(since)s, %(until)s, %(live)s,
        %(destination)s, %(latitude)s, %(longitude)s, now() + %(lasting)s::interval)
RETURNING id, expires_at;

-- name: add_share_link_device
INSERT INTO iot_personal_hub.share_link_devices (share_id, device_id) VALUES (%(share_id)s, %(device_id)s)
ON CONFLICT DO NOTHING;

-- name: list_share_links
-- Every link ever made, newest first, with what it shows and when it was last opened.
WITH opened AS (
    SELECT opening.share_id, count(*) AS openings, max(opening.opened_at) AS last_opened
    FROM iot_personal_hub.share_openings AS opening
    GROUP BY opening.share_id
),
named AS (
    SELECT shown.share_id, string_agg(device.name, ', ' ORDER BY device.id) AS devices
    FROM iot_personal_hub.share_link_devices AS shown
    JOIN iot_personal_hub.dim_devices AS device ON device.id = shown.device_id
    GROUP BY shown.share_id
)
SELECT
    link.id,
    link.name,
    link.kind,
    CASE
        WHEN link.revoked_at IS NOT NULL THEN 'revoked'
        WHEN link.expires_at <= now() THEN 'expired'
        ELSE 'valid'
    END AS state,
    named.devices,
    CASE link.precision_m WHEN 0 THEN 'full' WHEN 100 THEN '100m' WHEN 1000 THEN '1km' ELSE 'city' END AS precision,
    link.measurements,
    (extract(epoch FROM link.live) / 3600)::double precision AS live_hours,
    link.window_start,
    link.window_end,
    link.expires_at,
    opened.last_opened,
    coalesce(opened.openings, 0)::integer AS openings
FROM iot_personal_hub.share_links AS link
LEFT JOIN named ON named.share_id = link.id
LEFT JOIN opened ON opened.share_id = link.id
ORDER BY link.id DESC;

-- name: revoke_share_link
UPDATE iot_personal_hub.share_links AS link
SET revoked_at = now()
WHERE link.name = %(name)s AND link.revoked_at IS NULL
RETURNING link.id;

-- name: revoke_share_link_by_id
UPDATE iot_personal_hub.share_links AS link
SET revoked_at = now()
WHERE link.id = %(share_id)s AND link.revoked_at IS NULL
RETURNING link.id;

-- name: find_share_link
-- The newest link of that name.
SELECT link.id
FROM iot_personal_hub.share_links AS link
WHERE link.name = %(name)s
ORDER BY link.id DESC
LIMIT 1;

-- name: share_openings
-- The minutes in which a link was opened, newest first.
SELECT opening.opened_at
FROM iot_personal_hub.share_openings AS opening
WHERE opening.share_id = %(share_id)s
ORDER BY opening.opened_at DESC;

-- name: use_share_token
-- Until the transaction ends: the connection serves other links' readers after that. As a parameter,
-- since the statement's text is seen by who may see statements.
SELECT set_config('iot_hub.share_token', %(token)s, true);

-- name: shared_link
-- One row: what the link shows; none if it is not valid.
SELECT link.name, link.kind, link.precision_m, link.measurements, link.since, link.until, link.expires_at
FROM iot_hub_shared.link AS link;

-- name: shared_moves
-- The legs of the trip that a link shows, oldest first; path: GeoJSON.
SELECT
    move.starts,
    move.ends,
    move.mode,
    move.distance_m,
    public.st_asgeojson(move.way, 6) AS path
FROM iot_hub_shared.moves AS move
ORDER BY move.starts;

-- name: shared_cells
-- Where a link of reduced precision shows its devices: the cells, each once, and when they were in the first and the last.
SELECT
    location.latitude,
    location.longitude,
    min(location.location_time) AS first_time,
    max(location.location_time) AS last_time
FROM iot_hub_shared.locations AS location
CROSS JOIN iot_hub_shared.link AS link
WHERE link.precision_m > 0
GROUP BY location.latitude, location.longitude
ORDER BY first_time, location.latitude, location.longitude;

-- name: live_to_share
-- Whether arrivals at a point may be shown: not if any of the 200 m around it, in which a device has arrived, may be in a
-- private area's zone. And by how much positions are late, and from when the newest is.
SELECT
    EXISTS (SELECT FROM iot_personal_hub.areas_containing(%(latitude)s, %(longitude)s, 200)) AS is_private,
    CASE WHEN EXISTS (SELECT FROM iot_personal_hub.dim_blocked_areas) THEN 15 ELSE 0 END AS late_minutes,
    (SELECT max(fix.location_time)
     FROM iot_personal_hub.published_locations AS fix
     WHERE fix.device_id = %(device_id)s AND fix.location_time <= now()) AS newest_at;

-- name: note_arrival
SELECT iot_hub_shared.note_arrival();

-- name: shared_arrival
-- Of a live link one row: where the device is, as published (NULL: not known of the last hour), and when it arrives.
SELECT
    arrival.destination,
    arrival.latitude,
    arrival.longitude,
    arrival.location_time,
    arrival.expected_at,
    arrival.arrived_at
FROM iot_hub_shared.arrival() AS arrival;

-- name: shared_year
-- One row: what a link of a year shows. squares: x and y of each, of zoom 13, from the north-west.
SELECT
    coalesce((
        SELECT jsonb_agg(jsonb_build_array(square.x, square.y) ORDER BY square.y, square.x)
        FROM iot_hub_shared.year_squares AS square), '[]') AS squares,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('mode', mode.mode, 'km', mode.km) ORDER BY mode.km DESC, mode.mode)
        FROM iot_hub_shared.year_modes AS mode), '[]') AS modes,
    coalesce((
        SELECT jsonb_agg(country.country_code ORDER BY country.country_code)
        FROM iot_hub_shared.year_countries AS country), '[]') AS countries;

-- name: year_to_share
-- How much a link of a year would show of devices: squares, and the trips that count. As the views of links of a year choose.
SELECT
    (SELECT count(DISTINCT (tile.tile_x * 128 + (cell.cell & 127), tile.tile_y * 128 + (cell.cell >> 7)))::integer
     FROM iot_personal_hub.published_map_cells AS tile
     CROSS JOIN LATERAL unnest(tile.cells) AS cell (cell)
     WHERE tile.device_id = ANY (%(devices)s::integer[])
       AND tile.level = 13
       AND tile.month >= date_trunc('month', %(since)s::timestamptz + interval '14 days', 'UTC')::date
       AND tile.month < date_trunc('month', least(%(until)s::timestamptz + interval '14 days', now()), 'UTC')::date
    ) AS squares,
    (SELECT count(*)::integer
     FROM iot_personal_hub.published_journeys AS trip
     WHERE trip.device_id = ANY (%(devices)s::integer[])
       AND trip.kind = 'trip'
       AND trip.starts >= %(since)s::timestamptz
       AND trip.starts < least(%(until)s::timestamptz, date_trunc('month', now(), 'UTC'))) AS trips;

-- name: trip_at
-- The trip that a device was on at an instant.
SELECT trip.starts, trip.ends
FROM iot_personal_hub.journeys AS trip
WHERE trip.device_id = %(device_id)s
  AND trip.kind = 'trip'
  AND trip.starts <= %(at)s::timestamptz
  AND trip.ends > %(at)s::timestamptz
ORDER BY trip.starts DESC
LIMIT 1;

-- name: trip_as_shared
-- How much of a stretch of time a link of a trip would show: the trips' length, and that of what is published of it.
SELECT
    own.distance_m,
    shown.distance_m AS shown_m,
    shown.starts AS shown_since,
    shown.ends AS shown_until
FROM (
    SELECT sum(part.distance_m) AS distance_m
    FROM (
        SELECT trip.distance_m
            * (extract(epoch FROM least(trip.ends, %(until)s::timestamptz) - greatest(trip.starts, %(since)s::timestamptz))
               / extract(epoch FROM trip.ends - trip.starts))::double precision AS distance_m
        FROM iot_personal_hub.journeys AS trip
        WHERE trip.device_id = %(device_id)s AND trip.kind = 'trip'
          AND trip.starts < %(until)s::timestamptz AND trip.ends > %(since)s::timestamptz
    ) AS part
) AS own
CROSS JOIN (
    SELECT sum(part.distance_m) AS distance_m, min(part.starts) AS starts, max(part.ends) AS ends
    FROM (
        SELECT
            greatest(trip.starts, %(since)s::timestamptz) AS starts,
            least(trip.ends, %(until)s::timestamptz) AS ends,
            CASE
                WHEN trip.starts >= %(since)s::timestamptz AND trip.ends <= %(until)s::timestamptz THEN trip.distance_m
                -- Cut as iot_hub_shared.moves cuts it.
                ELSE (
                    SELECT st_length(
                        st_simplify(st_makeline(fix.location ORDER BY fix.location_time, fix.sequence), 0.0001, true)::geography)
                    FROM iot_personal_hub.published_locations AS fix
                    WHERE fix.device_id = trip.device_id
                      AND fix.location_time >= greatest(trip.starts, %(since)s::timestamptz)
                      AND fix.location_time < least(trip.ends, %(until)s::timestamptz)
                    HAVING count(*) > 1)
            END AS distance_m
        FROM iot_personal_hub.published_journeys AS trip
        WHERE trip.device_id = %(device_id)s AND trip.kind = 'trip'
          AND trip.starts < %(until)s::timestamptz AND trip.ends > %(since)s::timestamptz
    ) AS part
) AS shown;

-- name: begin_writing
-- The first statement of the transaction that notes an opening; all others of a guest only read.
SET TRANSACTION READ WRITE;

-- name: note_opening
SELECT iot_hub_shared.note_opening();

-- name: archived_share_links
SELECT to_jsonb(link)::text AS archived FROM iot_personal_hub.share_links AS link ORDER BY link.id;

-- name: archived_share_link_devices
SELECT to_jsonb(shown)::text AS archived
FROM iot_personal_hub.share_link_devices AS shown
ORDER BY shown.share_id, shown.device_id;

-- name: archived_share_openings
SELECT to_jsonb(opening)::text AS archived
FROM iot_personal_hub.share_openings AS opening
ORDER BY opening.share_id, opening.opened_at;

-- name: restore_share_links
INSERT INTO iot_personal_hub.share_links
    (id, token_hash, name, kind, precision_m, measurements, window_start, window_end, live, created_at, expires_at, revoked_at,
     destination, destination_latitude, destination_longitude, arrived_at)
OVERRIDING SYSTEM VALUE
SELECT archived.id, archived.token_hash, archived.name, coalesce(archived.kind, 'devices'), archived.precision_m, archived.measurements,
       archived.window_start, archived.window_end, archived.live, archived.created_at, archived.expires_at,
       archived.revoked_at, archived.destination, archived.destination_latitude, archived.destination_longitude,
       archived.arrived_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.share_links, %(rows)s::jsonb) AS archived;

-- name: restore_share_link_devices
INSERT INTO iot_personal_hub.share_link_devices (share_id, device_id)
SELECT archived.share_id, archived.device_id
FROM jsonb_populate_recordset(NULL::iot_personal_hub.share_link_devices, %(rows)s::jsonb) AS archived;

-- name: restore_share_openings
INSERT INTO iot_personal_hub.share_openings (share_id, opened_at)
SELECT archived.share_id, archived.opened_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.share_openings, %(rows)s::jsonb) AS archived;
