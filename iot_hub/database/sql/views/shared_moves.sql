-- needs: published_readings
-- Grain: one row per leg of a published trip within the link's time; per trip where it has no legs. Of links of a trip in
-- full precision alone: others tell positions by cells (shared_locations.sql).
--
-- Where the link's time begins or ends during a leg, its line is that of the fixes within. As others' trips are, all is made
-- of published fixes alone.
CREATE OR REPLACE VIEW iot_hub_shared.moves WITH (security_barrier) AS
SELECT
    part.device_id,
    part.starts,
    part.ends,
    part.mode,
    CASE WHEN part.is_whole THEN part.distance_m ELSE st_length(drawn.way::geography) END AS distance_m,
    drawn.way
FROM (
    SELECT
        trip.device_id,
        greatest(move.starts, access.since) AS starts,
        least(move.ends, access.until) AS ends,
        move.mode,
        move.distance_m,
        move.path_10,
        move.starts >= access.since AND move.ends <= access.until AS is_whole
    FROM iot_hub_shared.access AS access
    JOIN iot_personal_hub.published_journeys AS trip
        ON trip.device_id = ANY (access.device_ids)
       AND trip.kind = 'trip'
       AND trip.starts < access.until AND trip.ends > access.since
    LEFT JOIN iot_personal_hub.published_journey_legs AS leg
        ON leg.device_id = trip.device_id AND leg.trip_starts = trip.starts AND trip.legs > 0
    CROSS JOIN LATERAL (
        SELECT
            coalesce(leg.starts, trip.starts), coalesce(leg.ends, trip.ends),
            CASE WHEN leg.starts IS NULL THEN trip.mode ELSE leg.mode END,
            coalesce(leg.distance_m, trip.distance_m),
            CASE WHEN leg.starts IS NULL THEN trip.path_10 ELSE leg.path_10 END
    ) AS move (starts, ends, mode, distance_m, path_10)
    WHERE access.kind = 'trip'
      AND access.precision_m = 0
      AND move.starts < access.until
      AND move.ends > access.since
) AS part
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN part.is_whole THEN st_transform(part.path_10, 4326)
        ELSE (
            SELECT st_simplify(st_makeline(fix.location ORDER BY fix.location_time, fix.sequence), 0.0001, true)
            FROM iot_personal_hub.published_locations AS fix
            WHERE fix.device_id = part.device_id
              AND fix.location_time >= part.starts
              AND fix.location_time < part.ends
            HAVING count(*) > 1)
    END
) AS drawn (way)
WHERE drawn.way IS NOT NULL;

COMMENT ON VIEW iot_hub_shared.moves IS
    'One row per leg of the trip that the link shows; per trip where it has no legs. Metres, WGS 84.';
