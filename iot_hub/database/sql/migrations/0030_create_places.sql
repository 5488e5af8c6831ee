-- Names of where devices were: the world's countries and cities, the owner's own places, and what each stay is called.

CREATE TABLE iot_personal_hub.countries (
    code text NOT NULL,
    name text NOT NULL,
    CONSTRAINT countries_pkey PRIMARY KEY (code)
);
COMMENT ON TABLE iot_personal_hub.countries IS
    'One row per country (ISO 3166-1). Written from the hub''s own files by load_gazetteer; not in backups.';

CREATE TABLE iot_personal_hub.country_pieces (
    code  text NOT NULL,
    shape geometry(Polygon, 4326) NOT NULL
);
COMMENT ON TABLE iot_personal_hub.country_pieces IS
    'One row per piece of a country, of at most 128 corners. Natural Earth, public domain: borders as they are in fact.';
CREATE INDEX country_pieces_shape_idx ON iot_personal_hub.country_pieces USING gist (shape);

CREATE TABLE iot_personal_hub.cities (
    name         text NOT NULL,
    country_code text NOT NULL,
    region       text,
    population   integer NOT NULL,
    point        geography(Point, 4326) NOT NULL
);
COMMENT ON TABLE iot_personal_hub.cities IS
    'One row per populated place of about 500 people or more. GeoNames, CC BY 4.0.';
COMMENT ON COLUMN iot_personal_hub.cities.region IS
    'The state or province: GeoNames'' first administrative level. NULL: unknown.';
COMMENT ON COLUMN iot_personal_hub.cities.population IS
    '0: unknown.';
CREATE INDEX cities_point_idx ON iot_personal_hub.cities USING gist (point);
CREATE INDEX cities_large_idx ON iot_personal_hub.cities USING gist (point) WHERE population >= 50000;

CREATE TABLE iot_personal_hub.gazetteer_version (
    version text NOT NULL,
    CONSTRAINT gazetteer_version_pkey PRIMARY KEY (version)
);
COMMENT ON TABLE iot_personal_hub.gazetteer_version IS
    'No row, or one: the SHA-256 of the files that countries and cities were loaded from.';

CREATE TABLE iot_personal_hub.places (
    id         integer GENERATED ALWAYS AS IDENTITY,
    name       text             NOT NULL,
    kind       text             NOT NULL DEFAULT 'other',
    latitude   double precision NOT NULL,
    longitude  double precision NOT NULL,
    radius_m   double precision NOT NULL DEFAULT 100,
    created_at timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT places_pkey PRIMARY KEY (id),
    CONSTRAINT places_name_key UNIQUE (name, latitude, longitude),
    CONSTRAINT places_name_is_given CHECK (btrim(name) <> '' AND length(name) <= 200),
    CONSTRAINT places_kind_is_known CHECK (kind IN (
        'home', 'work', 'school', 'family', 'friend', 'shop', 'food', 'sport', 'health', 'culture', 'nature', 'travel',
        'other')),
    CONSTRAINT places_latitude_is_in_range CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT places_longitude_is_canonical CHECK (longitude >= -180 AND longitude < 180),
    CONSTRAINT places_radius_is_in_range CHECK (radius_m BETWEEN 10 AND 5000)
);
COMMENT ON TABLE iot_personal_hub.places IS
    'One row per place of the owner''s address book. Only the owner reads it: nothing of it is published.';
COMMENT ON COLUMN iot_personal_hub.places.radius_m IS
    'How far from its point a stay is still at the place, in metres.';
CREATE INDEX places_latitude_idx ON iot_personal_hub.places (latitude);

CREATE TABLE iot_personal_hub.journey_places (
    device_id    integer          NOT NULL,
    starts       timestamptz      NOT NULL,
    latitude     double precision NOT NULL,
    longitude    double precision NOT NULL,
    place_id     integer,
    country_code text,
    country      text,
    region       text,
    city         text,
    CONSTRAINT journey_places_pkey PRIMARY KEY (device_id, starts),
    CONSTRAINT journey_places_journey_fkey FOREIGN KEY (device_id, starts)
        REFERENCES iot_personal_hub.journeys (device_id, starts) ON DELETE CASCADE,
    CONSTRAINT journey_places_place_fkey FOREIGN KEY (place_id)
        REFERENCES iot_personal_hub.places (id) ON DELETE SET NULL
);
COMMENT ON TABLE iot_personal_hub.journey_places IS
    'One row per stay that was looked up: what the place is called. Derived by name_stays().';
COMMENT ON COLUMN iot_personal_hub.journey_places.latitude IS
    'Where the stay was when it was looked up. Once it differs from the stay''s, the stay is looked up again.';
COMMENT ON COLUMN iot_personal_hub.journey_places.country_code IS
    'NULL: at sea, or so near a border that it may be either country.';
CREATE INDEX journey_places_latitude_idx ON iot_personal_hub.journey_places (latitude);
CREATE INDEX journey_places_place_idx ON iot_personal_hub.journey_places (place_id);
