-- needs: published_readings
-- Grain: one row, of the valid link whose token the session holds; without one, none.
--
-- The time of a link of a trip is that of what it shows: the trip's own may begin at a private place, and when one leaves
-- that is hidden as the place is.
CREATE OR REPLACE VIEW iot_hub_shared.link WITH (security_barrier) AS
SELECT
    access.name,
    access.precision_m,
    access.measurements,
    access.live,
    nullif(CASE WHEN access.kind = 'trip' THEN shown.since ELSE access.since END, '-infinity') AS since,
    nullif(CASE WHEN access.kind = 'trip' THEN shown.until ELSE access.until END, 'infinity') AS until,
    access.expires_at,
    access.kind
FROM iot_hub_shared.access AS access
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN count(*) > 0 THEN
            date_bin(coalesce(access.step, '1 minute'), greatest(min(trip.starts), access.since), 'epoch') END AS since,
        CASE WHEN count(*) > 0 THEN
            date_bin(coalesce(access.step, '1 minute'), least(max(trip.ends), access.until), 'epoch') END AS until
    FROM iot_personal_hub.published_journeys AS trip
    WHERE access.kind = 'trip'
      AND trip.kind = 'trip'
      AND trip.device_id = ANY (access.device_ids)
      AND trip.starts < access.until
      AND trip.ends > access.since
) AS shown;

COMMENT ON VIEW iot_hub_shared.link IS
    'One row: what the link shows, and until when. An open end is NULL; of a trip of which nothing is published both are.';
