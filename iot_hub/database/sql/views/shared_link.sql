-- Grain: one row, of the valid link whose token the session holds; without one, none.
CREATE OR REPLACE VIEW iot_hub_shared.link WITH (security_barrier) AS
SELECT
    access.name,
    access.precision_m,
    access.measurements,
    access.live,
    nullif(access.since, '-infinity') AS since,
    nullif(access.until, 'infinity') AS until,
    access.expires_at,
    access.kind
FROM iot_hub_shared.access AS access;

COMMENT ON VIEW iot_hub_shared.link IS 'One row: what the link shows, and until when. An open end is NULL.';
