SELECT
    count(*) AS drives,
    (SELECT count(*) FROM iot_personal_hub.charges) AS charges,
    (SELECT count(*) FROM iot_personal_hub.car_readings) AS readings,
    pg_total_relation_size('iot_personal_hub.car_readings') + pg_total_relation_size('iot_personal_hub.drives') AS bytes
FROM iot_personal_hub.drives
