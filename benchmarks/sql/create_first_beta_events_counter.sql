-- The first beta's count of events.
CREATE TABLE first_beta.agg_hourly_devices_smartphone_events_counter (
    device_id    integer NOT NULL,
    date_hour    timestamptz NOT NULL,
    count_events integer NOT NULL,
    created_at   timestamptz DEFAULT now(),
    updated_at   timestamptz DEFAULT now(),
    PRIMARY KEY (device_id, date_hour)
)
