CREATE TEMPORARY TABLE late_readings (LIKE iot_personal_hub.car_readings)
