-- Masking by stretches of time: what a device may not show, as if it had been switched off.

-- The displacement of every area comes from this secret and from where the area is, so that an
-- area that is removed and drawn again hides the same places: two zones would tell more than one.
-- It is archived with the settings: a restored hub must not draw a second zone either.
INSERT INTO iot_personal_hub.hub_settings (name, value)
VALUES ('mask_secret', encode(sha256(convert_to(
    gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'hex'));

COMMENT ON TABLE iot_personal_hub.hub_settings IS
    'One row per setting that SQL needs: time_zone (the owner''s, IANA name), mask_secret (displaces private zones).';

ALTER TABLE iot_personal_hub.dim_blocked_areas
    ADD COLUMN margin_m double precision NOT NULL DEFAULT 900,
    -- Set by place_area().
    ADD COLUMN shift_east_m double precision NOT NULL DEFAULT 0,
    ADD COLUMN shift_north_m double precision NOT NULL DEFAULT 0,
    ADD COLUMN zone_latitude double precision NOT NULL DEFAULT 0,
    ADD COLUMN zone_longitude double precision NOT NULL DEFAULT 0,
    ADD COLUMN zone_radius_m double precision NOT NULL DEFAULT -1,
    ADD CONSTRAINT dim_blocked_areas_margin_is_sane CHECK (margin_m BETWEEN 0 AND 20000);
COMMENT ON COLUMN iot_personal_hub.dim_blocked_areas.margin_m IS
    'How far around the polygon the hidden zone reaches, in metres, before it is displaced.';
COMMENT ON COLUMN iot_personal_hub.dim_blocked_areas.shift_east_m IS
    'The zone''s displacement, secret, fixed for a place; less than margin_m, so that the polygon stays inside.';
COMMENT ON COLUMN iot_personal_hub.dim_blocked_areas.zone_radius_m IS
    'Of the smallest known circle around the zone, whose centre is zone_latitude and zone_longitude.';

CREATE TABLE iot_personal_hub.private_spans (
    device_id integer NOT NULL,
    starts    timestamptz NOT NULL,
    ends      timestamptz NOT NULL,
    -- Spans of a device never overlap: what holds an instant is the last that starts by then.
    CONSTRAINT private_spans_pkey PRIMARY KEY (device_id, starts),
    CONSTRAINT private_spans_is_forward CHECK (starts <= ends)
);
COMMENT ON TABLE iot_personal_hub.private_spans IS
    'One row per stretch of time, both ends included, of which nothing of a device is published.';

-- What else private_hours held is derived from spans now. What stays are the hours of an adopted
-- database whose positions nobody knows any more.
DELETE FROM iot_personal_hub.private_hours WHERE NOT permanent;
ALTER TABLE iot_personal_hub.private_hours DROP COLUMN permanent;
COMMENT ON TABLE iot_personal_hub.private_hours IS
    'One row per adopted hour whose events and positions are not known any more: it is never published.';

ALTER TABLE iot_personal_hub.locations
    -- Nothing is shown before it was judged.
    ADD COLUMN hidden boolean NOT NULL DEFAULT true,
    ADD COLUMN altitude_m double precision,
    ADD COLUMN accuracy_m double precision,
    ADD COLUMN speed_ms double precision,
    ADD COLUMN bearing double precision;
COMMENT ON COLUMN iot_personal_hub.locations.private IS
    'Whether the fix may be in the zone of a private area.';
COMMENT ON COLUMN iot_personal_hub.locations.hidden IS
    'Whether the fix is in one of its device''s private spans: all private ones are, and those on the way there.';

-- Published tracks read it; a month mostly spent at home costs no more than the hours away.
CREATE INDEX locations_shown_idx ON iot_personal_hub.locations (device_id, location_time) WHERE NOT hidden;
-- The last fix outside before a visit, and the first after it.
CREATE INDEX locations_outside_idx ON iot_personal_hub.locations (device_id, location_time) WHERE NOT private;
-- Whether a device was in a zone between two instants, and until when it said so.
CREATE INDEX locations_private_idx ON iot_personal_hub.locations (device_id, location_time) WHERE private;
CREATE INDEX locations_private_reported_idx ON iot_personal_hub.locations (device_id, last_reported) WHERE private;

ALTER TABLE iot_personal_hub.agg_hourly_devices_smartphone_events_counter
    ADD COLUMN first_event_at timestamptz,
    ADD COLUMN last_event_at timestamptz;
COMMENT ON COLUMN iot_personal_hub.agg_hourly_devices_smartphone_events_counter.first_event_at IS
    'When the first of the hour''s events was: also after retention dropped it, this says what is to hide.';

-- Every known hour is judged anew by the worker.
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
SELECT hourly.device_id, hourly.date_hour
FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly;

DROP TRIGGER IF EXISTS dim_blocked_areas_remask ON iot_personal_hub.dim_blocked_areas;
DROP FUNCTION IF EXISTS iot_personal_hub.hours_of_location(timestamptz, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS iot_personal_hub.is_private(double precision, double precision, double precision);
-- It returns something now.
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_locations(integer, timestamptz, timestamptz);
