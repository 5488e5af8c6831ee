-- What published cells of the map are made of: no stays.
CREATE OR REPLACE VIEW iot_personal_hub.shown_trips AS
SELECT journey.*
FROM iot_personal_hub.shown_journeys AS journey
WHERE journey.kind = 'trip';
COMMENT ON VIEW iot_personal_hub.shown_trips IS
    'One row per trip that published fixes make.';
