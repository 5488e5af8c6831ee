WITH returned AS (
    DELETE FROM late_fixes AS late
    RETURNING late.*
)
INSERT INTO iot_personal_hub.locations
SELECT returned.* FROM returned
