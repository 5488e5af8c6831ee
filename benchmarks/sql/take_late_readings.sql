WITH taken AS (
    DELETE FROM iot_personal_hub.car_readings AS reading
    WHERE reading.device_id = 1
      AND reading.read_at >= %(since)s
      AND reading.read_at < %(until)s
      AND random() <= %(share)s
    RETURNING reading.*
)
INSERT INTO late_readings
SELECT taken.* FROM taken
