-- A car's drives and charges, derived from what it reported, what of them has to be derived again, and what their owner
-- has put right.

CREATE TABLE iot_personal_hub.car_readings (
    device_id             integer     NOT NULL,
    read_at               timestamptz NOT NULL,
    says                  text,
    moved                 boolean     NOT NULL DEFAULT false,
    charged               boolean     NOT NULL DEFAULT false,
    fix_time              timestamptz,
    speed_kmh             double precision,
    engine_rpm            double precision,
    odometer_km           double precision,
    fuel_rate_Lh          double precision,
    fuel_used_L           double precision,
    fuel_percent          double precision,
    power_W               double precision,
    battery_percent       double precision,
    coolant_temperature_C double precision,
    outside_temperature_C double precision,
    charging_power_W      double precision,
    charged_Wh            double precision,
    CONSTRAINT car_readings_pkey PRIMARY KEY (device_id, read_at),
    CONSTRAINT car_readings_says_is_known CHECK (says IN ('driving', 'standing', 'off', 'charging'))
);
COMMENT ON TABLE iot_personal_hub.car_readings IS
    'One row per instant at which a car reported something that drives and charges are derived from. The highest value, where several events are of one instant.';
COMMENT ON COLUMN iot_personal_hub.car_readings.says IS
    'What the car says that it does (refresh_car_readings()). NULL: nothing of it.';
COMMENT ON COLUMN iot_personal_hub.car_readings.moved IS
    'Whether its odometer or its position has changed since the reading before, with nothing else that says so.';
COMMENT ON COLUMN iot_personal_hub.car_readings.charged IS
    'Whether its charged energy has grown since the reading before, with nothing else that says so.';
COMMENT ON COLUMN iot_personal_hub.car_readings.fix_time IS
    'The time of its fix, where nothing else tells whether it moves.';
COMMENT ON COLUMN iot_personal_hub.car_readings.speed_kmh IS
    'The car''s own speed; where there is none and it is not off, that of the fix.';

-- What a drive or a charge is made of, without what is between.
CREATE INDEX car_readings_driving_idx ON iot_personal_hub.car_readings (device_id, read_at)
    WHERE says = 'driving' OR moved;
CREATE INDEX car_readings_charging_idx ON iot_personal_hub.car_readings (device_id, read_at)
    WHERE says = 'charging' OR charged;

CREATE TABLE iot_personal_hub.drives (
    device_id             integer     NOT NULL,
    starts                timestamptz NOT NULL,
    ends                  timestamptz NOT NULL,
    distance_m            double precision,
    distance_by           text,
    idle_s                integer,
    mean_kmh              double precision,
    top_kmh               double precision,
    climbed_m             double precision,
    fuel_L                double precision,
    energy_Wh             double precision,
    odometer_start_km     double precision,
    odometer_end_km       double precision,
    battery_start_percent double precision,
    battery_end_percent   double precision,
    fuel_start_percent    double precision,
    fuel_end_percent      double precision,
    outside_temperature_C double precision,
    coolant_max_C         double precision,
    start_latitude        double precision,
    start_longitude       double precision,
    end_latitude          double precision,
    end_longitude         double precision,
    readings              integer     NOT NULL,
    CONSTRAINT drives_pkey PRIMARY KEY (device_id, starts),
    CONSTRAINT drives_is_forward CHECK (starts <= ends),
    CONSTRAINT drives_distance_is_by_something CHECK (
        (distance_m IS NULL) = (distance_by IS NULL) AND distance_by IN ('odometer', 'speed', 'fixes'))
);
COMMENT ON TABLE iot_personal_hub.drives IS
    'One row per drive of a car, after what its owner has merged and split. NULL: not known.';
COMMENT ON COLUMN iot_personal_hub.drives.distance_by IS
    'What the distance rests on: the odometer, the speed over time, or the way over fixes.';
COMMENT ON COLUMN iot_personal_hub.drives.idle_s IS
    'Seconds in which the engine ran and the car stood.';
COMMENT ON COLUMN iot_personal_hub.drives.mean_kmh IS
    'The distance over the whole time, stops included.';
COMMENT ON COLUMN iot_personal_hub.drives.climbed_m IS
    'Metres upwards; less than 10 m at a time is taken for noise.';
COMMENT ON COLUMN iot_personal_hub.drives.fuel_L IS
    'Fuel used: the fuel rate over time, else the growth of the car''s counter, each where it is known of most of the time.';
COMMENT ON COLUMN iot_personal_hub.drives.energy_Wh IS
    'Energy that an electric car used, less what it took back: its power over time.';
COMMENT ON COLUMN iot_personal_hub.drives.outside_temperature_C IS
    'The mean.';
COMMENT ON COLUMN iot_personal_hub.drives.readings IS
    'Readings of the car that it rests on.';

CREATE TABLE iot_personal_hub.charges (
    device_id             integer     NOT NULL,
    starts                timestamptz NOT NULL,
    ends                  timestamptz NOT NULL,
    energy_Wh             double precision,
    battery_start_percent double precision,
    battery_end_percent   double precision,
    top_power_W           double precision,
    outside_temperature_C double precision,
    odometer_km           double precision,
    latitude              double precision,
    longitude             double precision,
    readings              integer     NOT NULL,
    CONSTRAINT charges_pkey PRIMARY KEY (device_id, starts),
    CONSTRAINT charges_is_forward CHECK (starts <= ends)
);
COMMENT ON TABLE iot_personal_hub.charges IS
    'One row per time that a car was charged. NULL: not known.';
COMMENT ON COLUMN iot_personal_hub.charges.energy_Wh IS
    'Energy charged: the growth of the car''s counter, else its charging power over time, each where it is known of most of the time.';
COMMENT ON COLUMN iot_personal_hub.charges.latitude IS
    'Where it was charged: the fix nearest to the start.';

CREATE TABLE iot_personal_hub.stale_drives (
    device_id integer     NOT NULL,
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    marked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stale_drives_pkey PRIMARY KEY (device_id, since, id),
    CONSTRAINT stale_drives_is_forward CHECK (since <= until)
);
COMMENT ON TABLE iot_personal_hub.stale_drives IS
    'A log: one row per change of a car''s readings or fixes between two instants, until its drives and charges are derived from them.';
COMMENT ON COLUMN iot_personal_hub.stale_drives.since IS
    'The first reading or fix that has changed.';
COMMENT ON COLUMN iot_personal_hub.stale_drives.until IS
    'The last one that has changed.';
COMMENT ON COLUMN iot_personal_hub.stale_drives.marked_at IS
    'When it was marked: live readings are gathered for a while (refresh_stale_drives()).';

CREATE TABLE iot_personal_hub.drive_corrections (
    device_id integer     NOT NULL,
    id        integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind      text        NOT NULL,
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    name      text,
    purpose   text,
    made_at   timestamptz NOT NULL DEFAULT now(),
    undone_at timestamptz,
    CONSTRAINT drive_corrections_pkey PRIMARY KEY (device_id, id),
    CONSTRAINT drive_corrections_kind_is_known CHECK (kind IN ('merge', 'split', 'name', 'purpose')),
    CONSTRAINT drive_corrections_is_forward CHECK (
        isfinite(since) AND isfinite(until) AND CASE WHEN kind = 'split' THEN since = until ELSE since < until END),
    CONSTRAINT drive_corrections_name_is_given CHECK (
        CASE WHEN kind = 'name' THEN name IS NOT NULL AND length(name) BETWEEN 1 AND 200 ELSE name IS NULL END),
    CONSTRAINT drive_corrections_purpose_is_known CHECK (
        CASE WHEN kind = 'purpose'
             THEN purpose IS NOT NULL AND purpose IN ('business', 'private')
             ELSE purpose IS NULL END)
);
CREATE INDEX drive_corrections_named_idx ON iot_personal_hub.drive_corrections
    USING gist (tstzrange(since, until)) WHERE kind IN ('name', 'purpose') AND undone_at IS NULL;
COMMENT ON TABLE iot_personal_hub.drive_corrections IS
    'One row per correction of drives that the owner has made, undone ones too: of a car, from one instant to another.';
COMMENT ON COLUMN iot_personal_hub.drive_corrections.kind IS
    'merge: one drive of all between. split: cut in two. name, purpose: of drives of which more than half is in it.';
COMMENT ON COLUMN iot_personal_hub.drive_corrections.until IS
    'Where a drive is split: the same instant as since.';
COMMENT ON COLUMN iot_personal_hub.drive_corrections.undone_at IS
    'When it was undone. NULL: it holds.';

INSERT INTO iot_personal_hub.hub_settings (name, value)
VALUES ('drive_gap_minutes', '10'), ('drive_stop_minutes', '5')
ON CONFLICT (name) DO NOTHING;
COMMENT ON TABLE iot_personal_hub.hub_settings IS
    'One row per setting that SQL needs: time_zone (the owner''s, IANA name), mask_secret (displaces private zones), roll_ups_by (worker, airflow or pg_cron), stays_shown (yes: others see published stays), drive_gap_minutes and drive_stop_minutes (what ends a drive).';

-- The cars that are there already: their hours are refreshed, which derives their readings. Those of dropped days are gone.
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
SELECT DISTINCT raw.device_id, date_trunc('hour', raw.device_time, 'UTC')
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.properties ?| '{vehicle,teslamate}'
  AND NOT EXISTS (
      SELECT
      FROM iot_personal_hub.dropped_days AS dropped
      WHERE dropped.device_id = raw.device_id
        AND dropped.date = (raw.device_time AT TIME ZONE 'UTC')::date);
