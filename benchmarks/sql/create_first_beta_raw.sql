-- The first beta's raw table: no key but a counter, no index on time.
CREATE TABLE first_beta.raw_devices_properties (
    id               serial PRIMARY KEY,
    device_id        integer NOT NULL,
    device_timestamp bigint NOT NULL,
    properties       jsonb,
    created_at_cest  timestamptz NOT NULL DEFAULT now()
)
