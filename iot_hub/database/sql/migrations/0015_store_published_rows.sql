-- What is published becomes rows of its own. Until now it was views over private tables, and who may
-- ask a view may ask for its plan, which counts the rows that its filter removed.
--
-- Nothing is published any more unless the owner publishes its device.

ALTER TABLE iot_personal_hub.dim_devices
    ADD COLUMN published boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN iot_personal_hub.dim_devices.published IS
    'Whether the device''s readings are published, as far as private areas let them be. Changed by the owner only.';

-- Every view that reads a published one, the owner's own too, is made again below, over the table of the same name.
CREATE TEMPORARY TABLE dependent_views ON COMMIT DROP AS
WITH RECURSIVE dependents AS (
    SELECT view.oid, 0 AS depth
    FROM pg_class AS view
    WHERE view.relnamespace = 'iot_personal_hub'::regnamespace
      AND view.relkind = 'v'
      AND view.relname IN (
          'published_devices', 'published_events', 'published_hourly_battery_details',
          'published_hourly_events_counter', 'published_hourly_location_details',
          'published_hourly_metrics', 'published_locations')
    UNION
    SELECT rule.ev_class, dependents.depth + 1
    FROM dependents
    JOIN pg_depend AS dependency
        ON dependency.refclassid = 'pg_class'::regclass AND dependency.refobjid = dependents.oid
    JOIN pg_rewrite AS rule ON dependency.classid = 'pg_rewrite'::regclass AND rule.oid = dependency.objid
    WHERE rule.ev_class <> dependents.oid
)
SELECT
    format('%I.%I', schema.nspname, view.relname) AS name,
    pg_get_userbyid(view.relowner) AS owner,
    pg_get_viewdef(view.oid) AS definition,
    max(dependents.depth) AS depth
FROM dependents
JOIN pg_class AS view ON view.oid = dependents.oid
JOIN pg_namespace AS schema ON schema.oid = view.relnamespace
WHERE view.relkind = 'v'
GROUP BY schema.nspname, view.relname, view.relowner, view.oid
HAVING max(dependents.depth) > 0;

DROP VIEW IF EXISTS
    iot_personal_hub.published_devices,
    iot_personal_hub.published_events,
    iot_personal_hub.published_hourly_battery_details,
    iot_personal_hub.published_hourly_events_counter,
    iot_personal_hub.published_hourly_location_details,
    iot_personal_hub.published_hourly_metrics,
    iot_personal_hub.published_locations
CASCADE;

CREATE TABLE iot_personal_hub.published_devices (
    device_id integer NOT NULL,
    name      text NOT NULL,
    type      text NOT NULL,
    status    text NOT NULL,
    CONSTRAINT published_devices_pkey PRIMARY KEY (device_id)
);
COMMENT ON TABLE iot_personal_hub.published_devices IS 'One row per device that its owner publishes.';

CREATE TABLE iot_personal_hub.published_events (
    id          bigint NOT NULL,
    device_time timestamptz NOT NULL,
    device_id   integer NOT NULL,
    source      text NOT NULL,
    properties  jsonb NOT NULL,
    -- In the order in which pages of events are read.
    CONSTRAINT published_events_pkey PRIMARY KEY (device_id, device_time, id)
);
COMMENT ON TABLE iot_personal_hub.published_events IS
    'One row per event that may be shown: of a published device and no private span, once a refresh has judged it.';
COMMENT ON COLUMN iot_personal_hub.published_events.id IS
    'published_id() of the event: it does not count what is hidden.';

CREATE TABLE iot_personal_hub.published_locations (
    event_id      bigint NOT NULL,
    location_time timestamptz NOT NULL,
    latitude      double precision NOT NULL,
    longitude     double precision NOT NULL,
    altitude_m    double precision,
    accuracy_m    double precision,
    speed_ms      double precision,
    bearing       double precision,
    device_id     integer NOT NULL,
    location      geometry(Point, 4326) NOT NULL,
    -- In the order in which tracks are read, with all that a map needs: it is drawn from the index alone.
    CONSTRAINT published_locations_pkey PRIMARY KEY (device_id, location_time, latitude, longitude)
        INCLUDE (altitude_m, accuracy_m, speed_ms)
);
COMMENT ON TABLE iot_personal_hub.published_locations IS
    'One row per distinct fix that may be shown. Metres, m/s, degrees.';
COMMENT ON COLUMN iot_personal_hub.published_locations.event_id IS
    'published_id() of the fix: it tells rows apart, and does not count what is hidden.';

CREATE TABLE iot_personal_hub.published_hourly_events_counter (
    device_id    integer NOT NULL,
    date_hour    timestamptz NOT NULL,
    count_events integer NOT NULL,
    CONSTRAINT published_hourly_events_counter_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.published_hourly_events_counter IS
    'One row per device and UTC hour of which nothing is hidden.';

CREATE TABLE iot_personal_hub.published_hourly_battery_details (
    device_id            integer NOT NULL,
    date_hour            timestamptz NOT NULL,
    temperature_min      double precision,
    temperature_avg      double precision,
    temperature_max      double precision,
    level_min            double precision,
    level_avg            double precision,
    level_max            double precision,
    usage_current_mA_min double precision,
    usage_current_mA_avg double precision,
    usage_current_mA_max double precision,
    CONSTRAINT published_hourly_battery_details_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.published_hourly_battery_details IS
    'One row per device and UTC hour of which nothing is hidden. NULL: not measured, or withheld.';

CREATE TABLE iot_personal_hub.published_hourly_location_details (
    device_id     integer NOT NULL,
    date_hour     timestamptz NOT NULL,
    altitude_min  double precision,
    altitude_avg  double precision,
    altitude_max  double precision,
    latitude_min  double precision,
    latitude_avg  double precision,
    latitude_max  double precision,
    longitude_min double precision,
    longitude_avg double precision,
    longitude_max double precision,
    CONSTRAINT published_hourly_location_details_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.published_hourly_location_details IS
    'One row per device and UTC hour of which nothing is hidden.';

CREATE TABLE iot_personal_hub.published_hourly_metrics (
    device_id integer NOT NULL,
    date_hour timestamptz NOT NULL,
    metric    text NOT NULL,
    count     integer NOT NULL,
    min       double precision NOT NULL,
    avg       double precision NOT NULL,
    max       double precision NOT NULL,
    sum       double precision NOT NULL,
    first     double precision NOT NULL,
    last      double precision NOT NULL,
    unit      text NOT NULL,
    -- Ordered for the question that charts ask: one metric of one device over a range of hours.
    CONSTRAINT published_hourly_metrics_pkey PRIMARY KEY (device_id, metric, date_hour)
);
COMMENT ON TABLE iot_personal_hub.published_hourly_metrics IS
    'One row per device, metric and UTC hour of which nothing is hidden.';

CREATE TABLE iot_personal_hub.published_settings (
    only_row  boolean NOT NULL DEFAULT true,
    time_zone text NOT NULL,
    CONSTRAINT published_settings_pkey PRIMARY KEY (only_row),
    CONSTRAINT published_settings_is_one CHECK (only_row)
);
COMMENT ON TABLE iot_personal_hub.published_settings IS
    'One row: the setting that published views need, the owner''s time zone (IANA name).';

INSERT INTO iot_personal_hub.published_settings (time_zone)
SELECT setting.value
FROM iot_personal_hub.hub_settings AS setting
WHERE setting.name = 'time_zone';

CREATE TABLE iot_personal_hub.due_hours (
    device_id integer NOT NULL,
    date_hour timestamptz NOT NULL,
    due_at    timestamptz NOT NULL,
    CONSTRAINT due_hours_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.due_hours IS
    'One row per hour of a device of which something is to be published from due_at on.';
-- The worker takes what is due, the newest hours first.
CREATE INDEX due_hours_due_at_idx ON iot_personal_hub.due_hours (due_at, date_hour);

CREATE TABLE iot_personal_hub.pending_packing (
    only_row boolean NOT NULL DEFAULT true,
    since    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pending_packing_pkey PRIMARY KEY (only_row),
    CONSTRAINT pending_packing_is_one CHECK (only_row)
);
COMMENT ON TABLE iot_personal_hub.pending_packing IS
    'One row, or none: since when a change of the areas waits for the published tables to be packed.';

ALTER TABLE iot_personal_hub.agg_hourly_devices_smartphone_events_counter
    ADD COLUMN count_unplaced integer;
COMMENT ON COLUMN iot_personal_hub.agg_hourly_devices_smartphone_events_counter.count_unplaced IS
    'How many of the events have a position that can''t be read, so that nobody knows where they were. NULL: not counted yet.';

-- It returns something now.
DROP FUNCTION IF EXISTS iot_personal_hub.hide_private_spans(integer, timestamptz, timestamptz);

DO $$
DECLARE
    view record;
BEGIN
    FOR view IN SELECT * FROM dependent_views ORDER BY depth, name LOOP
        EXECUTE format('CREATE VIEW %s AS %s', view.name, view.definition);
        EXECUTE format('ALTER VIEW %s OWNER TO %I', view.name, view.owner);
    END LOOP;
END
$$;
