-- What was found of a home over MQTT: devices, what the owner decided about them, and messages that wait for it.

ALTER TABLE iot_personal_hub.dim_devices
    ADD COLUMN room text,
    ADD CONSTRAINT dim_devices_room_is_given CHECK (room <> '');
COMMENT ON COLUMN iot_personal_hub.dim_devices.room IS 'Where in the home it is; null: in none, or it moves.';

CREATE TABLE iot_personal_hub.discovered_devices (
    identity        text NOT NULL,
    protocol        text NOT NULL,
    label           text,
    manufacturer    text,
    model           text,
    area            text,
    status          text NOT NULL DEFAULT 'proposed',
    device_id       integer,
    availability    text NOT NULL DEFAULT 'unknown',
    availability_at timestamptz,
    removed         boolean NOT NULL DEFAULT false,
    first_heard     timestamptz NOT NULL DEFAULT now(),
    last_heard      timestamptz,
    CONSTRAINT discovered_devices_pkey PRIMARY KEY (identity),
    CONSTRAINT discovered_devices_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE,
    CONSTRAINT discovered_devices_status_is_known CHECK (status IN ('proposed', 'approved', 'ignored')),
    CONSTRAINT discovered_devices_approved_has_device CHECK ((status = 'approved') = (device_id IS NOT NULL)),
    CONSTRAINT discovered_devices_availability_is_known CHECK (availability IN ('online', 'offline', 'unknown'))
);
CREATE INDEX discovered_devices_device_index ON iot_personal_hub.discovered_devices (device_id);

CREATE TABLE iot_personal_hub.discovery_rules (
    pattern    text NOT NULL,
    decision   text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT discovery_rules_pkey PRIMARY KEY (pattern),
    CONSTRAINT discovery_rules_pattern_is_given CHECK (pattern <> ''),
    CONSTRAINT discovery_rules_decision_is_known CHECK (decision IN ('approve', 'ignore'))
);

CREATE TABLE iot_personal_hub.held_messages (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    identity    text NOT NULL,
    topic       text NOT NULL,
    payload     bytea NOT NULL,
    received_at timestamptz NOT NULL,
    retained    boolean NOT NULL,
    CONSTRAINT held_messages_pkey PRIMARY KEY (identity, id)
);
