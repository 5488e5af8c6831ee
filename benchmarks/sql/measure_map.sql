SELECT
    pg_total_relation_size('iot_personal_hub.journeys') + pg_total_relation_size('iot_personal_hub.journey_legs') AS lines,
    pg_total_relation_size('iot_personal_hub.map_cells') AS cells
