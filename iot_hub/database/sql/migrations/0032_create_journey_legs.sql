-- How trips were made: the mode that apps report with fixes, and the legs of a trip that was made in several modes.

ALTER TABLE iot_personal_hub.locations
    ADD COLUMN hinted_mode text,
    ADD CONSTRAINT locations_hinted_mode_is_known CHECK (
        hinted_mode IN ('on_foot', 'bicycle', 'vehicle', 'train', 'boat', 'flight'));
COMMENT ON COLUMN iot_personal_hub.locations.hinted_mode IS
    'How the device moved, as the app that first reported the fix said. NULL: it said nothing, or was at rest.';

CREATE TABLE iot_personal_hub.journey_legs (
    device_id   integer          NOT NULL,
    starts      timestamptz      NOT NULL,
    trip_starts timestamptz      NOT NULL,
    ends        timestamptz      NOT NULL,
    mode        text,
    distance_m  double precision NOT NULL,
    path_10     geometry(MultiLineString, 3857),
    path_50     geometry(MultiLineString, 3857),
    path_500    geometry(MultiLineString, 3857),
    CONSTRAINT journey_legs_pkey PRIMARY KEY (device_id, starts),
    CONSTRAINT journey_legs_trip_fkey FOREIGN KEY (device_id, trip_starts)
        REFERENCES iot_personal_hub.journeys (device_id, starts) ON DELETE CASCADE,
    CONSTRAINT journey_legs_is_forward CHECK (trip_starts <= starts AND starts < ends),
    CONSTRAINT journey_legs_mode_is_known CHECK (
        mode IN ('on_foot', 'bicycle', 'vehicle', 'train', 'boat', 'flight'))
);
COMMENT ON TABLE iot_personal_hub.journey_legs IS
    'One row per leg of a trip that was made in several modes; of other trips none. Whole minutes, without a gap.';
COMMENT ON COLUMN iot_personal_hub.journey_legs.trip_starts IS
    'When the trip starts whose leg it is.';
COMMENT ON COLUMN iot_personal_hub.journey_legs.mode IS
    'NULL: unknown.';
COMMENT ON COLUMN iot_personal_hub.journey_legs.path_10 IS
    'Its part of the trip''s way, simplified to 10 m. NULL: it has no length.';

CREATE INDEX journey_legs_path_idx ON iot_personal_hub.journey_legs USING gist (path_50);
CREATE INDEX journey_legs_trip_idx ON iot_personal_hub.journey_legs (device_id, trip_starts);

ALTER TABLE iot_personal_hub.journeys
    ADD COLUMN legs integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN iot_personal_hub.journeys.legs IS
    'How many rows of journey_legs a trip has. 0: it was made in one mode, or is no trip.';

-- Stored events may have reported it already.
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
SELECT DISTINCT raw.device_id, date_trunc('hour', raw.device_time, 'UTC')
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.properties #> '{motion,activity}' IS NOT NULL
  AND raw.properties ? 'location';

-- All journeys are derived again, a month at a time.
INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)
SELECT location.device_id, min(location.location_time), max(location.location_time)
FROM iot_personal_hub.locations AS location
GROUP BY location.device_id, date_trunc('month', location.location_time, 'UTC');
