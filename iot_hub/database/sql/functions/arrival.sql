-- Of a live link, the session's, one row: the newest published position of the last hour, and when the device is expected at
-- its destination. Of others none.
--
-- expected_at: what remains, as a straight line, by the speed of approach over the last 15 minutes of published fixes; to 5
-- minutes. NULL: it stands, moves away, has been silent for 15 minutes beyond what publishing takes, or is a day away;
-- or a private area was drawn at the destination since. Then the arrival is hidden too: from times and positions a
-- visitor can compute where a destination is.
CREATE OR REPLACE FUNCTION iot_hub_shared.arrival()
RETURNS TABLE (
    destination text,
    latitude double precision,
    longitude double precision,
    location_time timestamptz,
    expected_at timestamptz,
    arrived_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
-- PostGIS is in public, for areas_containing().
SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH link AS MATERIALIZED (
        SELECT
            link.destination,
            link.destination_latitude AS latitude,
            link.destination_longitude AS longitude,
            access.arrived_at,
            EXISTS (
                SELECT
                FROM iot_personal_hub.areas_containing(link.destination_latitude, link.destination_longitude, 200)
            ) AS is_private
        FROM iot_hub_shared.access AS access
        JOIN iot_personal_hub.share_links AS link ON link.id = access.share_id
        WHERE access.kind = 'live'
    ),
    newest AS MATERIALIZED (
        SELECT fix.latitude, fix.longitude, fix.location_time
        FROM iot_hub_shared.locations AS fix
        WHERE fix.location_time <= now()
        ORDER BY fix.location_time DESC, fix.sequence DESC
        LIMIT 1
    ),
    earlier AS (
        SELECT fix.latitude, fix.longitude, fix.location_time
        FROM newest
        CROSS JOIN LATERAL (
            SELECT shown.latitude, shown.longitude, shown.location_time
            FROM iot_hub_shared.locations AS shown
            WHERE shown.location_time >= newest.location_time - interval '15 minutes'
              AND shown.location_time <= newest.location_time - interval '3 minutes'
            ORDER BY shown.location_time, shown.sequence
            LIMIT 1
        ) AS fix
        WHERE newest.location_time > now() - interval '30 minutes'
    ),
    approach AS (
        SELECT
            newest.location_time,
            gone.remaining_m,
            (gone.before_m - gone.remaining_m)
                / extract(epoch FROM newest.location_time - earlier.location_time)::double precision AS speed_ms
        FROM link
        CROSS JOIN newest
        CROSS JOIN earlier
        CROSS JOIN LATERAL (
            SELECT
                iot_personal_hub.great_circle_m(newest.latitude, newest.longitude, link.latitude, link.longitude),
                iot_personal_hub.great_circle_m(earlier.latitude, earlier.longitude, link.latitude, link.longitude)
        ) AS gone (remaining_m, before_m)
    )
    SELECT
        link.destination,
        newest.latitude,
        newest.longitude,
        newest.location_time,
        (
            SELECT date_bin(
                interval '5 minutes',
                approach.location_time + approach.remaining_m / approach.speed_ms * interval '1 second'
                    + interval '2.5 minutes',
                'epoch')
            FROM approach
            WHERE NOT link.is_private
              AND link.arrived_at IS NULL
              -- Slower than a walk is no approach.
              AND approach.speed_ms >= 0.5
              AND approach.remaining_m / approach.speed_ms < 86400
        ),
        CASE WHEN NOT link.is_private THEN link.arrived_at END
    FROM link
    LEFT JOIN newest ON true
$$;
