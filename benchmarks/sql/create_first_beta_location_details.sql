-- The first beta's location figures.
CREATE TABLE first_beta.agg_hourly_devices_smartphone_location_details (
    device_id     integer NOT NULL,
    date_hour     timestamptz NOT NULL,
    altitude_min  float NOT NULL,
    altitude_avg  float NOT NULL,
    altitude_max  float NOT NULL,
    latitude_min  float NOT NULL,
    latitude_avg  float NOT NULL,
    latitude_max  float NOT NULL,
    longitude_min float NOT NULL,
    longitude_avg float NOT NULL,
    longitude_max float NOT NULL,
    created_at    timestamptz DEFAULT now(),
    updated_at    timestamptz DEFAULT now(),
    PRIMARY KEY (device_id, date_hour)
)
