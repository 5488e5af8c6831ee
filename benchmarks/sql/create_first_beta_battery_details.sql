-- The first beta's battery figures.
CREATE TABLE first_beta.agg_hourly_devices_smartphone_battery_details (
    device_id            integer NOT NULL,
    date_hour            timestamptz NOT NULL,
    temperature_min      float NOT NULL,
    temperature_avg      float NOT NULL,
    temperature_max      float NOT NULL,
    level_min            float NOT NULL,
    level_avg            float NOT NULL,
    level_max            float NOT NULL,
    usage_current_mA_min float NOT NULL,
    usage_current_mA_avg float NOT NULL,
    usage_current_mA_max float NOT NULL,
    created_at           timestamptz DEFAULT now(),
    updated_at           timestamptz DEFAULT now(),
    PRIMARY KEY (device_id, date_hour)
)
