-- A database as the first beta left it: its tables, as its author described them, without rows.
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE SCHEMA iot_personal_hub;

CREATE TABLE iot_personal_hub.raw_devices_properties (
    id SERIAL PRIMARY KEY,
    device_id INT NOT NULL,
    device_timestamp BIGINT NOT NULL,
    properties JSONB,
    created_at_cest timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE iot_personal_hub.enum_device_type (value text NOT NULL PRIMARY KEY);
INSERT INTO iot_personal_hub.enum_device_type VALUES ('smartphone');
CREATE TABLE iot_personal_hub.dim_devices (
    id int NOT NULL PRIMARY KEY,
    name varchar(255) NOT NULL,
    type varchar(255) NOT NULL REFERENCES iot_personal_hub.enum_device_type (value),
    status varchar(255) NOT NULL,
    details jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE iot_personal_hub.dim_blocked_areas (
    id SERIAL PRIMARY KEY,
    name varchar(255) NOT NULL,
    polygon geometry(Polygon, 4326),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE iot_personal_hub.agg_hourly_devices_smartphone_events_counter (
    device_id int NOT NULL, date_hour timestamptz NOT NULL, count_events int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, date_hour)
);
CREATE TABLE iot_personal_hub.agg_hourly_devices_smartphone_battery_details (
    device_id int NOT NULL, date_hour timestamptz NOT NULL,
    temperature_min float NOT NULL, temperature_avg float NOT NULL, temperature_max float NOT NULL,
    level_min float NOT NULL, level_avg float NOT NULL, level_max float NOT NULL,
    usage_current_mA_min float NOT NULL, usage_current_mA_avg float NOT NULL, usage_current_mA_max float NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, date_hour)
);
CREATE TABLE iot_personal_hub.agg_hourly_devices_smartphone_location_details (
    device_id int NOT NULL, date_hour timestamptz NOT NULL,
    altitude_min float NOT NULL, altitude_avg float NOT NULL, altitude_max float NOT NULL,
    latitude_min float NOT NULL, latitude_avg float NOT NULL, latitude_max float NOT NULL,
    longitude_min float NOT NULL, longitude_avg float NOT NULL, longitude_max float NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, date_hour)
);
CREATE FUNCTION iot_personal_hub.updated_at() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER devices_updated_at BEFORE UPDATE ON iot_personal_hub.dim_devices
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.updated_at();
CREATE VIEW iot_personal_hub.view_devices_smartphone_events_counter AS
SELECT device_id, to_char(date_hour, 'YYYY-MM-DD HH24:00') AS device_timestamp, count_events
FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter
WHERE date_hour >= (CURRENT_TIMESTAMP - interval '7 days');
CREATE VIEW iot_personal_hub.view_device_locations_gis_stricted AS
SELECT id, device_id, device_timestamp FROM iot_personal_hub.raw_devices_properties
WHERE to_timestamp(device_timestamp) >= (CURRENT_TIMESTAMP - interval '30 days');
