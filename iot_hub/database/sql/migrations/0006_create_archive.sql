-- What the archive holds, so that the hub knows which days it has still to write.

CREATE TABLE iot_personal_hub.archive_objects (
    device_id   integer NOT NULL,
    date        date NOT NULL,
    path        text NOT NULL,
    events      integer NOT NULL,
    bytes       bigint NOT NULL,
    sha256      bytea NOT NULL,
    fingerprint bytea NOT NULL,
    min_time    timestamptz NOT NULL,
    max_time    timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- A day has one object, and one more for each time that late events came.
    CONSTRAINT archive_objects_pkey PRIMARY KEY (device_id, date, path),
    CONSTRAINT archive_objects_sha256_is_whole CHECK (octet_length(sha256) = 32),
    CONSTRAINT archive_objects_fingerprint_is_whole CHECK (octet_length(fingerprint) = 16)
);
COMMENT ON TABLE iot_personal_hub.archive_objects IS
    'One row per object of raw events in the archive: the events of one device and one UTC day, or the late ones among them.';
COMMENT ON COLUMN iot_personal_hub.archive_objects.fingerprint IS
    'Stands for the set of the events'' times and digests, whatever their order; the fingerprints of parts add up.';
