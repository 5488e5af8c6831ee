-- A device's history as people tell it: stays, trips and gaps, derived from its fixes, and what of it has to be derived
-- again.

CREATE TABLE iot_personal_hub.journeys (
    device_id    integer          NOT NULL,
    starts       timestamptz      NOT NULL,
    ends         timestamptz      NOT NULL,
    kind         text             NOT NULL,
    mode         text,
    latitude     double precision,
    longitude    double precision,
    distance_m   double precision,
    extent_m     double precision NOT NULL,
    fixes        integer          NOT NULL,
    is_continued boolean          NOT NULL,
    is_anchor    boolean          NOT NULL,
    path_10      geometry(MultiLineString, 3857),
    path_50      geometry(MultiLineString, 3857),
    path_500     geometry(MultiLineString, 3857),
    CONSTRAINT journeys_pkey PRIMARY KEY (device_id, starts),
    CONSTRAINT journeys_is_forward CHECK (starts < ends),
    CONSTRAINT journeys_kind_is_known CHECK (kind IN ('stay', 'trip', 'gap')),
    CONSTRAINT journeys_mode_is_known CHECK (
        mode IS NULL OR mode IN ('on_foot', 'bicycle', 'vehicle', 'train', 'boat', 'flight') AND kind = 'trip'),
    CONSTRAINT journeys_stays_are_somewhere CHECK (
        (kind = 'stay') = (latitude IS NOT NULL) AND (kind = 'stay') = (longitude IS NOT NULL))
);

COMMENT ON TABLE iot_personal_hub.journeys IS
    'One row per stay, trip or gap of a device; a stay is cut at each week (UTC). Whole minutes; none overlap.';
COMMENT ON COLUMN iot_personal_hub.journeys.ends IS
    'When the next one starts; of the newest, the minute of the newest fix.';
COMMENT ON COLUMN iot_personal_hub.journeys.kind IS
    'stay: in one place for 5 minutes or more. trip: between stays. gap: nothing is known of where the device was.';
COMMENT ON COLUMN iot_personal_hub.journeys.mode IS
    'How a trip was made, as its speeds tell. NULL: unknown, or no trip.';
COMMENT ON COLUMN iot_personal_hub.journeys.latitude IS
    'Where a stay was: the median of its minutes.';
COMMENT ON COLUMN iot_personal_hub.journeys.distance_m IS
    'The length of a trip''s way. NULL: no trip.';
COMMENT ON COLUMN iot_personal_hub.journeys.extent_m IS
    'The longer side of the box around its minutes'' positions, in metres.';
COMMENT ON COLUMN iot_personal_hub.journeys.fixes IS
    'Fixes that it rests on.';
COMMENT ON COLUMN iot_personal_hub.journeys.is_continued IS
    'Whether it is the rest of the stay before it, which was cut where a week ended.';
COMMENT ON COLUMN iot_personal_hub.journeys.is_anchor IS
    'Whether what is before it and what is after it are derived independently of each other (refresh_journeys()).';
COMMENT ON COLUMN iot_personal_hub.journeys.path_10 IS
    'A trip''s way, simplified to 10 m; cut at the antimeridian. NULL: no trip.';
COMMENT ON COLUMN iot_personal_hub.journeys.path_50 IS
    'Simplified to 50 m.';
COMMENT ON COLUMN iot_personal_hub.journeys.path_500 IS
    'Simplified to 500 m.';

CREATE INDEX journeys_path_idx ON iot_personal_hub.journeys USING gist (path_50) WHERE path_50 IS NOT NULL;
CREATE INDEX journeys_stays_idx ON iot_personal_hub.journeys
    USING gist ((st_setsrid(st_makepoint(longitude, latitude), 4326))) WHERE kind = 'stay';

CREATE TABLE iot_personal_hub.stale_journeys (
    device_id integer     NOT NULL,
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    marked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stale_journeys_pkey PRIMARY KEY (device_id, since, id),
    CONSTRAINT stale_journeys_is_forward CHECK (since <= until)
);
COMMENT ON TABLE iot_personal_hub.stale_journeys IS
    'A log: one row per change of a device''s fixes between two instants, until its journeys are derived from them.';
COMMENT ON COLUMN iot_personal_hub.stale_journeys.since IS
    'The first fix that has changed.';
COMMENT ON COLUMN iot_personal_hub.stale_journeys.until IS
    'The last fix that has changed.';
COMMENT ON COLUMN iot_personal_hub.stale_journeys.marked_at IS
    'When it was marked: live fixes are gathered for a while (refresh_stale_journeys()).';

-- The fixes that are there already, a month at a time.
INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)
SELECT location.device_id, min(location.location_time), max(location.location_time)
FROM iot_personal_hub.locations AS location
GROUP BY location.device_id, date_trunc('month', location.location_time, 'UTC');
