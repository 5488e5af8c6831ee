-- What is derived from the raw events; each table can be emptied and recomputed.

CREATE TABLE iot_personal_hub.locations (
    device_id       integer NOT NULL,
    location_time   timestamptz NOT NULL,
    latitude        double precision NOT NULL,
    longitude       double precision NOT NULL,
    first_reported  timestamptz NOT NULL,
    last_reported   timestamptz NOT NULL,
    event_id        bigint NOT NULL,
    event_digest    bytea NOT NULL,
    uncertainty_m   double precision NOT NULL,
    private         boolean NOT NULL,
    properties      jsonb NOT NULL,
    -- A phone repeats an old fix with every report: it is one location however often it came.
    -- Tracks and the hourly location read this key in order of time.
    CONSTRAINT locations_pkey PRIMARY KEY (device_id, location_time, latitude, longitude),
    CONSTRAINT locations_is_on_earth CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)
);
COMMENT ON TABLE iot_personal_hub.locations IS
    'One row per distinct fix of a device: at the fix''s own time, or the event''s where the fix has none.';
COMMENT ON COLUMN iot_personal_hub.locations.properties IS
    'The "location" object of the first event that reported the fix.';
COMMENT ON COLUMN iot_personal_hub.locations.uncertainty_m IS
    'The worst accuracy reported for the fix, in metres (100 where none was): what privacy reckons with.';
COMMENT ON COLUMN iot_personal_hub.locations.private IS
    'is_private() of the fix: kept here so that nothing published has to ask the areas.';

CREATE TABLE iot_personal_hub.private_hours (
    device_id integer NOT NULL,
    date_hour timestamptz NOT NULL,
    permanent boolean NOT NULL DEFAULT false,
    CONSTRAINT private_hours_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.private_hours IS
    'One row per hour in which a device was, or still reported itself, inside a private area.';
COMMENT ON COLUMN iot_personal_hub.private_hours.permanent IS
    'The positions of the hour are not known any more, so no change of the areas can publish it.';

CREATE TABLE iot_personal_hub.agg_hourly_devices_smartphone_events_counter (
    device_id    integer NOT NULL,
    date_hour    timestamptz NOT NULL,
    count_events integer NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agg_hourly_devices_smartphone_events_counter_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.agg_hourly_devices_smartphone_events_counter IS
    'One row per device and UTC hour with at least one event.';

CREATE TABLE iot_personal_hub.agg_hourly_devices_smartphone_battery_details (
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
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agg_hourly_devices_smartphone_battery_details_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.agg_hourly_devices_smartphone_battery_details IS
    'One row per device and UTC hour with a battery reading. NULL: not measured. °C, %, mA.';

CREATE TABLE iot_personal_hub.agg_hourly_devices_smartphone_location_details (
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
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agg_hourly_devices_smartphone_location_details_pkey PRIMARY KEY (device_id, date_hour)
);
COMMENT ON TABLE iot_personal_hub.agg_hourly_devices_smartphone_location_details IS
    'One row per device and UTC hour in which a fix was taken. NULL: not measured. Metres, degrees.';

CREATE TABLE iot_personal_hub.dim_metrics (
    metric text NOT NULL,
    unit   text NOT NULL,
    path   text[] NOT NULL,
    CONSTRAINT dim_metrics_pkey PRIMARY KEY (metric),
    CONSTRAINT dim_metrics_path_key UNIQUE (path)
);
COMMENT ON TABLE iot_personal_hub.dim_metrics IS
    'One row per number that is rolled up by the hour: its name, its unit, where it stands in properties.';

CREATE TABLE iot_personal_hub.agg_hourly_devices_metrics (
    device_id    integer NOT NULL,
    date_hour    timestamptz NOT NULL,
    metric       text NOT NULL,
    count        integer NOT NULL,
    min          double precision NOT NULL,
    avg          double precision NOT NULL,
    max          double precision NOT NULL,
    sum          double precision NOT NULL,
    first        double precision NOT NULL,
    last         double precision NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    -- Ordered for the question that charts ask: one metric of one device over a range of hours.
    CONSTRAINT agg_hourly_devices_metrics_pkey PRIMARY KEY (device_id, metric, date_hour)
);
COMMENT ON TABLE iot_personal_hub.agg_hourly_devices_metrics IS
    'One row per device, metric and UTC hour with at least one value. Units: dim_metrics.';

INSERT INTO iot_personal_hub.dim_metrics (metric, unit, path)
SELECT array_to_string(path, '.'), unit, path
FROM (VALUES
    ('V',     '{battery,voltage_V}'::text[]),
    ('mAh',   '{battery,capacity_mAh}'),
    ('mAh',   '{battery,remaining_charge_mAh}'),
    ('mWh',   '{battery,remaining_energy_mWh}'),
    ('mA',    '{battery,usage_current_average_mA}'),
    ('m/s',   '{location,fix_speed_ms}'),
    ('m',     '{location,fix_accuracy_m}'),
    ('°C',    '{climate,temperature_C}'),
    ('%',     '{climate,humidity_percent}'),
    ('hPa',   '{climate,pressure_hPa}'),
    ('°C',    '{climate,dew_point_C}'),
    ('lx',    '{climate,illuminance_lx}'),
    ('ppm',   '{air,co2_ppm}'),
    ('ppb',   '{air,tvoc_ppb}'),
    ('µg/m³', '{air,pm1_ugm3}'),
    ('µg/m³', '{air,pm25_ugm3}'),
    ('µg/m³', '{air,pm10_ugm3}'),
    ('W',     '{energy,power_W}'),
    ('Wh',    '{energy,energy_Wh}'),
    ('V',     '{energy,voltage_V}'),
    ('A',     '{energy,current_A}'),
    ('1',     '{motion,steps}'),
    ('m',     '{motion,distance_m}'),
    ('dBm',   '{network,signal_dBm}'),
    ('km/h',  '{vehicle,speed_kmh}'),
    ('1/min', '{vehicle,engine_rpm}'),
    ('%',     '{vehicle,engine_load_percent}'),
    ('°C',    '{vehicle,coolant_temperature_C}'),
    ('%',     '{vehicle,fuel_level_percent}'),
    ('km',    '{vehicle,odometer_km}'),
    ('%',     '{vehicle,battery_percent}')
) AS catalogue (unit, path);
