WITH taken AS (
    DELETE FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = 1
      AND fix.location_time >= %(since)s
      AND fix.location_time < %(until)s
      AND random() <= %(share)s
    RETURNING fix.*
)
INSERT INTO late_fixes
SELECT taken.* FROM taken
