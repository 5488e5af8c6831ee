-- What apps encrypt their payloads with, between phone and hub.

CREATE TABLE iot_personal_hub.device_payload_keys (
    device_id  integer NOT NULL,
    key        text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT device_payload_keys_pkey PRIMARY KEY (device_id),
    CONSTRAINT device_payload_keys_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE,
    CONSTRAINT device_payload_keys_key_is_given CHECK (key <> '')
);
COMMENT ON TABLE iot_personal_hub.device_payload_keys IS
    'One row per device that encrypts its payloads. The key itself: the hub must open what comes. It is in backups, and not in the archive.';
