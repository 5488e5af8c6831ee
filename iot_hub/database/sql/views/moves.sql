-- What trips consist of: their legs, or the trip itself where it was made in one mode.
CREATE OR REPLACE VIEW iot_personal_hub.moves AS
SELECT
    trip.device_id,
    trip.starts AS trip_starts,
    coalesce(leg.starts, trip.starts) AS starts,
    coalesce(leg.ends, trip.ends) AS ends,
    CASE WHEN leg.starts IS NULL THEN trip.mode ELSE leg.mode END AS mode,
    coalesce(leg.distance_m, trip.distance_m) AS distance_m,
    CASE WHEN leg.starts IS NULL THEN trip.path_500 ELSE leg.path_500 END AS path_500
FROM iot_personal_hub.journeys AS trip
LEFT JOIN iot_personal_hub.journey_legs AS leg
    ON leg.device_id = trip.device_id AND leg.trip_starts = trip.starts AND trip.legs > 0
WHERE trip.kind = 'trip';
COMMENT ON VIEW iot_personal_hub.moves IS
    'One row per leg of a trip; per trip where it has no legs.';
