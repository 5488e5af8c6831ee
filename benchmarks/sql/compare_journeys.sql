WITH present AS (
    SELECT journey.*, (
        SELECT array_agg(leg ORDER BY leg.starts)
        FROM iot_personal_hub.journey_legs AS leg
        WHERE leg.device_id = journey.device_id AND leg.trip_starts = journey.starts)::text AS all_legs
    FROM iot_personal_hub.journeys AS journey
),
differences AS (
    (SELECT kept.* FROM kept_journeys AS kept EXCEPT SELECT present.* FROM present)
    UNION ALL
    (SELECT present.* FROM present EXCEPT SELECT kept.* FROM kept_journeys AS kept)
)
SELECT count(*) AS different FROM differences
