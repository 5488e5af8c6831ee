-- needs: published_readings
-- Grain: one row, of the valid link whose token the session holds; without one, none.
-- The row-level filter of share links: every view of iot_hub_shared filters by it.
CREATE OR REPLACE VIEW iot_hub_shared.access WITH (security_barrier) AS
WITH link AS (
    SELECT
        link.id AS share_id,
        link.name,
        link.precision_m,
        link.measurements,
        link.live,
        link.expires_at,
        coalesce(now() - link.live, link.window_start, '-infinity') AS since,
        -- A live link shows nothing after the arrival.
        coalesce(reached.at + interval '1 microsecond', link.window_end, 'infinity') AS until,
        -- The precision of times: a minute for 100 m, an hour for a city.
        CASE link.precision_m
            WHEN 100 THEN interval '1 minute'
            WHEN 1000 THEN interval '10 minutes'
            WHEN 10000 THEN interval '1 hour'
        END AS step,
        setting.time_zone,
        link.kind,
        reached.at AS arrived_at
    FROM iot_personal_hub.share_links AS link
    CROSS JOIN iot_personal_hub.published_settings AS setting
    CROSS JOIN LATERAL (
        -- Within 200 m of a live link's destination; an arrival that was shown once stays as it was shown.
        SELECT coalesce(link.arrived_at, (
            SELECT min(fix.location_time)
            FROM iot_personal_hub.share_link_devices AS shown
            JOIN iot_personal_hub.published_locations AS fix
                ON fix.device_id = shown.device_id
               AND fix.location_time >= link.created_at
               AND fix.location_time < link.expires_at
            WHERE shown.share_id = link.id
              AND link.kind = 'live'
              AND abs(fix.latitude - link.destination_latitude) < 0.002
              AND iot_personal_hub.great_circle_m(
                  fix.latitude, fix.longitude, link.destination_latitude, link.destination_longitude) <= 200))
    ) AS reached (at)
    WHERE link.token_hash = sha256(convert_to(current_setting('iot_hub.share_token', true), 'UTF8'))
      AND link.revoked_at IS NULL
      AND link.expires_at > now()
)
SELECT
    link.share_id,
    link.name,
    link.precision_m,
    link.measurements,
    link.live,
    link.expires_at,
    link.since,
    link.until,
    link.step,
    -- Whole steps only, and none before all devices may have reported: whoever watches a link would
    -- otherwise see to the second when a step's first fix appears and when its last one disappears.
    date_bin(link.step, link.since + link.step - interval '1 microsecond', 'epoch') AS first_step,
    date_bin(link.step, least(link.until, now() - interval '15 minutes'), 'epoch') AS end_of_steps,
    ARRAY(
        SELECT shown.device_id
        FROM iot_personal_hub.share_link_devices AS shown
        WHERE shown.share_id = link.share_id
          -- A year has views of its own (shared_year_squares.sql), and shows no position, device or reading.
          AND link.kind <> 'year') AS device_ids,
    -- Whole hours only, or parts that the owner's midnight cuts off: what is labelled from here on ends after the link.
    CASE WHEN isfinite(link.until) THEN iot_personal_hub.hour_part(
        link.until,
        iot_personal_hub.day_cuts(
            link.time_zone,
            date_trunc('hour', link.until, 'UTC'),
            date_trunc('hour', link.until, 'UTC') + interval '1 hour'))
        ELSE link.until END AS end_of_hours,
    link.kind,
    link.arrived_at
FROM link;

COMMENT ON VIEW iot_hub_shared.access IS 'One row: the valid link whose token the session holds, with what it gives access to.';
