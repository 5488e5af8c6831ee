-- Readers' tokens: a program that reads /v1 for some or all devices, as the owner or as everyone else sees them.

CREATE TABLE iot_personal_hub.readers (
    id          integer GENERATED ALWAYS AS IDENTITY,
    token_hash  bytea NOT NULL,
    name        text NOT NULL,
    view        text NOT NULL DEFAULT 'published',
    all_devices boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    last_used   timestamptz,
    revoked_at  timestamptz,
    CONSTRAINT readers_pkey PRIMARY KEY (id),
    -- Every request of a reader finds its grant by it.
    CONSTRAINT readers_token_key UNIQUE (token_hash),
    CONSTRAINT readers_token_is_hashed CHECK (octet_length(token_hash) = 32),
    CONSTRAINT readers_is_named CHECK (name <> ''),
    CONSTRAINT readers_view_is_known CHECK (view IN ('owner', 'published'))
);
COMMENT ON TABLE iot_personal_hub.readers IS
    'One row per reader''s token ever issued. Of the token only the SHA-256 is kept.';
COMMENT ON COLUMN iot_personal_hub.readers.view IS
    'owner: everything, private places included; published: what is published.';
COMMENT ON COLUMN iot_personal_hub.readers.all_devices IS
    'Whether devices that are added later are granted too; false: those of reader_devices only.';
COMMENT ON COLUMN iot_personal_hub.readers.last_used IS 'The minute of its newest request.';

-- A name identifies a reader until it is revoked.
CREATE UNIQUE INDEX readers_name_key ON iot_personal_hub.readers (name) WHERE revoked_at IS NULL;

CREATE TABLE iot_personal_hub.reader_devices (
    reader_id integer NOT NULL,
    device_id integer NOT NULL,
    CONSTRAINT reader_devices_pkey PRIMARY KEY (reader_id, device_id),
    CONSTRAINT reader_devices_reader_fkey FOREIGN KEY (reader_id)
        REFERENCES iot_personal_hub.readers (id) ON DELETE CASCADE,
    CONSTRAINT reader_devices_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE
);
COMMENT ON TABLE iot_personal_hub.reader_devices IS 'One row per device that a reader without all_devices may read.';
