-- Fixes that no track and no roll-up counts: mark_outliers() says which.
ALTER TABLE iot_personal_hub.locations
    ADD COLUMN outlier text,
    ADD CONSTRAINT locations_outlier_is_known CHECK (outlier IN ('accuracy', 'speed'));
COMMENT ON COLUMN iot_personal_hub.locations.outlier IS
    'Why the fix is left out of tracks and roll-ups: its accuracy (5 km or worse), or a speed that nothing has. NULL: it counts.';

-- Published tracks read it, and count by it alone.
DROP INDEX iot_personal_hub.locations_shown_idx;
CREATE INDEX locations_shown_idx ON iot_personal_hub.locations (device_id, location_time)
    WHERE NOT hidden AND outlier IS NULL;

-- What was derived before: the hours with a fix that may be marked now are made anew. The rest stays as it is.
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
WITH steps AS (
    SELECT
        fix.device_id,
        fix.location_time,
        fix.uncertainty_m,
        lead(fix.location_time) OVER by_time AS next_time,
        greatest(
            abs(lead(fix.latitude) OVER by_time - fix.latitude),
            abs(lead(fix.longitude) OVER by_time - fix.longitude) * cos(radians(fix.latitude))) AS degrees
    FROM iot_personal_hub.locations AS fix
    WINDOW by_time AS (PARTITION BY fix.device_id ORDER BY fix.location_time)
),
doubtful AS (
    SELECT steps.device_id, steps.location_time AS at
    FROM steps
    WHERE steps.uncertainty_m >= 5000
    UNION ALL
    SELECT steps.device_id, unnest(ARRAY[steps.location_time, steps.next_time])
    FROM steps
    -- A little less than is_out_of_reach() asks for.
    WHERE 111195 * steps.degrees > 200 * greatest(extract(epoch FROM steps.next_time - steps.location_time), 1)
)
SELECT DISTINCT doubtful.device_id, date_trunc('hour', doubtful.at, 'UTC')
FROM doubtful;
