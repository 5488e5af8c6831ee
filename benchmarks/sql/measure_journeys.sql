SELECT count(*) AS journeys, pg_total_relation_size('iot_personal_hub.journeys') AS bytes
FROM iot_personal_hub.journeys
