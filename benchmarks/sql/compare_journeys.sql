WITH differences AS (
    (SELECT kept.* FROM kept_journeys AS kept EXCEPT SELECT journey.* FROM iot_personal_hub.journeys AS journey)
    UNION ALL
    (SELECT journey.* FROM iot_personal_hub.journeys AS journey EXCEPT SELECT kept.* FROM kept_journeys AS kept)
)
SELECT count(*) AS different FROM differences
