-- What published journeys are derived from: published rows, and nothing else.
CREATE OR REPLACE VIEW iot_personal_hub.shown_fixes AS
SELECT
    shown.device_id, shown.location_time, shown.latitude, shown.longitude,
    CASE WHEN shown.accuracy_m > 0 THEN shown.accuracy_m ELSE 100 END AS uncertainty_m,
    NULL::text AS outlier,
    NULL::text AS hinted_mode
FROM iot_personal_hub.shown_locations AS shown;
COMMENT ON VIEW iot_personal_hub.shown_fixes IS
    'One row per published fix, with the columns that journeys are derived from.';
