-- Journeys with the names of places: what statistics are made of, and nothing else.
CREATE OR REPLACE VIEW iot_personal_hub.named_journeys AS
SELECT
    journey.device_id,
    journey.starts,
    journey.ends,
    journey.kind,
    journey.mode,
    journey.distance_m,
    journey.is_continued,
    place.id AS place_id,
    place.name AS place,
    place.kind AS place_kind,
    named.country_code,
    named.country,
    named.region,
    named.city
FROM iot_personal_hub.journeys AS journey
LEFT JOIN iot_personal_hub.journey_places AS named
    ON named.device_id = journey.device_id AND named.starts = journey.starts
    AND named.latitude = journey.latitude AND named.longitude = journey.longitude
LEFT JOIN iot_personal_hub.places AS place ON place.id = named.place_id;
COMMENT ON VIEW iot_personal_hub.named_journeys IS
    'One row per stay, trip or gap of a device; a stay with the owner''s name of the place, and its city, region and country. NULL: unknown, or not looked up yet.';
