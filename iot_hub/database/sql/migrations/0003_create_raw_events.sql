-- Every reading exactly as it came, the hours its arrival made stale, and what was refused.

CREATE SEQUENCE iot_personal_hub.raw_devices_properties_id_seq;

CREATE TABLE iot_personal_hub.raw_devices_properties (
    id               bigint NOT NULL DEFAULT nextval('iot_personal_hub.raw_devices_properties_id_seq'),
    device_time      timestamptz NOT NULL,
    -- date_part on a plain timestamp is immutable, which a generated column must be.
    device_timestamp bigint NOT NULL GENERATED ALWAYS AS (
        floor(date_part('epoch', device_time AT TIME ZONE 'UTC'))::bigint) STORED,
    created_at_cest  timestamptz NOT NULL DEFAULT now(),
    duplicate_of     bigint,
    device_id        integer NOT NULL,
    digest           bytea NOT NULL,
    source           text NOT NULL,
    properties       jsonb NOT NULL,
    -- An event is known by what it says: a retry meets this key and is not stored twice.
    -- Refreshing an hour and listing a device's events read it in order.
    CONSTRAINT raw_devices_properties_event_key PRIMARY KEY (device_id, device_time, digest)
) PARTITION BY RANGE (device_time);

ALTER SEQUENCE iot_personal_hub.raw_devices_properties_id_seq
    OWNED BY iot_personal_hub.raw_devices_properties.id;

COMMENT ON TABLE iot_personal_hub.raw_devices_properties IS
    'One row per event, as it came. Append-only. Partitioned by calendar month of device_time (UTC).';
COMMENT ON COLUMN iot_personal_hub.raw_devices_properties.device_timestamp IS
    'Unix seconds of device_time, rounded down.';
COMMENT ON COLUMN iot_personal_hub.raw_devices_properties.duplicate_of IS
    'Only for rows adopted from a database without the event key: the id of the event that this row repeats. No figure counts such a row.';
COMMENT ON COLUMN iot_personal_hub.raw_devices_properties.digest IS
    'event_digest(properties); for an adopted duplicate salted with its id.';

-- No foreign key to dim_devices: the receiver has checked the token's device, and the
-- check would cost more than the insert.

CREATE TABLE iot_personal_hub.stale_hours (
    device_id integer NOT NULL,
    date_hour timestamptz NOT NULL,
    id        bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT now(),
    -- A log, not a set: a mark never waits for the worker that is refreshing the same hour.
    CONSTRAINT stale_hours_pkey PRIMARY KEY (device_id, date_hour, id)
);
COMMENT ON TABLE iot_personal_hub.stale_hours IS
    'One row per commit that touched an hour of a device, until the hour is refreshed.';

CREATE TABLE iot_personal_hub.quarantine (
    id            bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    device_id     integer,
    source        text NOT NULL,
    reason        text NOT NULL,
    payload       bytea NOT NULL,
    payload_hash  bytea NOT NULL GENERATED ALWAYS AS (sha256(payload)) STORED,
    received_at   timestamptz NOT NULL DEFAULT now(),
    last_received timestamptz NOT NULL DEFAULT now(),
    times         integer NOT NULL DEFAULT 1,
    CONSTRAINT quarantine_pkey PRIMARY KEY (id),
    -- A client that repeats a bad payload for ever fills one row.
    CONSTRAINT quarantine_payload_key UNIQUE NULLS NOT DISTINCT (device_id, source, reason, payload_hash)
);
COMMENT ON TABLE iot_personal_hub.quarantine IS
    'One row per rejected payload, byte for byte, with the reason.';
