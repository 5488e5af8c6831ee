WITH returned AS (
    DELETE FROM late_fixes AS late
    WHERE random() < 0.5
    RETURNING late.*
)
INSERT INTO iot_personal_hub.locations
SELECT returned.* FROM returned
