-- Trips and cells of the map for others than the owner: derived from what is published, and from nothing else.

CREATE TABLE iot_personal_hub.shown_journeys (
    LIKE iot_personal_hub.journeys INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS,
    CONSTRAINT shown_journeys_pkey PRIMARY KEY (device_id, starts)
);
COMMENT ON TABLE iot_personal_hub.shown_journeys IS
    'One row per stay, trip or gap that published fixes make. Others see the trips.';
CREATE INDEX shown_journeys_path_idx ON iot_personal_hub.shown_journeys USING gist (path_50) WHERE path_50 IS NOT NULL;

CREATE TABLE iot_personal_hub.shown_journey_legs (
    LIKE iot_personal_hub.journey_legs INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS,
    CONSTRAINT shown_journey_legs_pkey PRIMARY KEY (device_id, starts),
    CONSTRAINT shown_journey_legs_trip_fkey FOREIGN KEY (device_id, trip_starts)
        REFERENCES iot_personal_hub.shown_journeys (device_id, starts) ON DELETE CASCADE
);
COMMENT ON TABLE iot_personal_hub.shown_journey_legs IS
    'One row per leg of a published trip that was made in several modes; of other trips none.';
CREATE INDEX shown_journey_legs_path_idx ON iot_personal_hub.shown_journey_legs USING gist (path_50);
CREATE INDEX shown_journey_legs_trip_idx ON iot_personal_hub.shown_journey_legs (device_id, trip_starts);

CREATE TABLE iot_personal_hub.shown_map_cells (
    LIKE iot_personal_hub.map_cells INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS,
    CONSTRAINT shown_map_cells_pkey PRIMARY KEY (level, tile_x, tile_y, device_id, month)
);
COMMENT ON TABLE iot_personal_hub.shown_map_cells IS
    'One row per tile of a level, device and month (UTC) in which published trips led through it. Stays count nowhere.';
CREATE INDEX shown_map_cells_month_idx ON iot_personal_hub.shown_map_cells (device_id, month);

CREATE TABLE iot_personal_hub.stale_shown_journeys (
    LIKE iot_personal_hub.stale_journeys
        INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS INCLUDING IDENTITY,
    CONSTRAINT stale_shown_journeys_pkey PRIMARY KEY (device_id, since, id)
);
COMMENT ON TABLE iot_personal_hub.stale_shown_journeys IS
    'A log: one row per change of a device''s published fixes between two instants, until journeys are derived from them.';

CREATE TABLE iot_personal_hub.stale_shown_map_cells (
    LIKE iot_personal_hub.stale_map_cells
        INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS INCLUDING IDENTITY,
    CONSTRAINT stale_shown_map_cells_pkey PRIMARY KEY (device_id, month, id)
);
COMMENT ON TABLE iot_personal_hub.stale_shown_map_cells IS
    'A log: one row per change of a device''s published trips of a month (UTC), until its cells are derived from them.';

-- What is published already, a month at a time.
INSERT INTO iot_personal_hub.stale_shown_journeys (device_id, since, until)
SELECT shown.device_id, min(shown.location_time), max(shown.location_time)
FROM iot_personal_hub.shown_locations AS shown
GROUP BY shown.device_id, date_trunc('month', shown.location_time, 'UTC');
