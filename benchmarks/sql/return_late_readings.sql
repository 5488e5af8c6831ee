WITH returned AS (
    DELETE FROM late_readings AS late
    RETURNING late.*
)
INSERT INTO iot_personal_hub.car_readings
SELECT returned.* FROM returned
