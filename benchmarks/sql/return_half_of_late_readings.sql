WITH returned AS (
    DELETE FROM late_readings AS late
    WHERE random() < 0.5
    RETURNING late.*
)
INSERT INTO iot_personal_hub.car_readings
SELECT returned.* FROM returned
