-- The time zone of where a stay was.

CREATE TABLE iot_personal_hub.zone_cities (
    country_code text NOT NULL,
    zone         text NOT NULL,
    point        geography(Point, 4326) NOT NULL
);
COMMENT ON TABLE iot_personal_hub.zone_cities IS
    'One row per city of which the time zone is known. Natural Earth, by way of city-timezones (MIT).';
CREATE INDEX zone_cities_point_idx ON iot_personal_hub.zone_cities USING gist (point);

ALTER TABLE iot_personal_hub.journey_places ADD COLUMN zone text;
COMMENT ON COLUMN iot_personal_hub.journey_places.zone IS
    'The time zone (IANA). NULL: at sea.';
