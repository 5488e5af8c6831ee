-- Stays with the names of their places: the owner's alone.
CREATE OR REPLACE VIEW iot_personal_hub.visits AS
SELECT
    stay.device_id,
    stay.starts,
    stay.ends,
    stay.latitude,
    stay.longitude,
    stay.is_continued,
    coalesce(place.name, named.city, named.region, named.country) AS name,
    place.id AS place_id,
    place.name AS place,
    place.kind,
    named.country_code,
    named.country,
    named.region,
    named.city,
    named.zone
FROM iot_personal_hub.journeys AS stay
LEFT JOIN iot_personal_hub.journey_places AS named
    ON named.device_id = stay.device_id AND named.starts = stay.starts
    AND named.latitude = stay.latitude AND named.longitude = stay.longitude
LEFT JOIN iot_personal_hub.places AS place ON place.id = named.place_id
WHERE stay.kind = 'stay';
COMMENT ON VIEW iot_personal_hub.visits IS
    'One row per stay of a device, with the owner''s name of the place, and its city, region, country and time zone. NULL: unknown, or not looked up yet.';
