SELECT
    count(*) AS journeys,
    (SELECT count(*) FROM iot_personal_hub.journey_legs) AS legs,
    pg_total_relation_size('iot_personal_hub.journeys') + pg_total_relation_size('iot_personal_hub.journey_legs') AS bytes
FROM iot_personal_hub.journeys
