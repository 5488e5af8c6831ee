-- needs: published_readings
-- Grain: one row per mode of the published trips that started in the link's year; of the current year in the months (UTC) that
-- are over.
CREATE OR REPLACE VIEW iot_hub_shared.year_modes WITH (security_barrier) AS
SELECT
    coalesce(CASE WHEN leg.starts IS NULL THEN trip.mode ELSE leg.mode END, 'unknown') AS mode,
    round(sum(coalesce(leg.distance_m, trip.distance_m)) / 1000)::integer AS km
FROM iot_hub_shared.access AS access
JOIN iot_personal_hub.share_link_devices AS shown ON shown.share_id = access.share_id
JOIN iot_personal_hub.published_journeys AS trip
    ON trip.device_id = shown.device_id
   AND trip.starts >= access.since
   AND trip.starts < least(access.until, date_trunc('month', now(), 'UTC'))
LEFT JOIN iot_personal_hub.published_journey_legs AS leg
    ON leg.device_id = trip.device_id AND leg.trip_starts = trip.starts AND trip.legs > 0
WHERE access.kind = 'year'
  AND trip.kind = 'trip'
GROUP BY 1;

COMMENT ON VIEW iot_hub_shared.year_modes IS
    'One row per mode of the published trips of the link''s year: whole kilometres.';
