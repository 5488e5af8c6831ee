-- How long raw events are kept in the database, and which were dropped once the archive held them.

CREATE TABLE iot_personal_hub.retention_rules (
    device_id integer,
    family    text,
    days      integer NOT NULL,
    -- NULL stands for every device, or every family: of a kind of rule there is one.
    CONSTRAINT retention_rules_scope_key UNIQUE NULLS NOT DISTINCT (device_id, family),
    CONSTRAINT retention_rules_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE,
    CONSTRAINT retention_rules_family_is_given CHECK (family <> ''),
    -- Beyond a century a date would leave the calendar.
    CONSTRAINT retention_rules_days_are_possible CHECK (days BETWEEN 1 AND 36500)
);
COMMENT ON TABLE iot_personal_hub.retention_rules IS
    'One row per device (NULL: all) and metric family (NULL: all) whose raw events are not kept for ever.';
COMMENT ON COLUMN iot_personal_hub.retention_rules.family IS
    'A top-level key of properties, such as battery or location.';
COMMENT ON COLUMN iot_personal_hub.retention_rules.days IS
    'How many days (UTC) after the end of its own an event stays in the database.';

CREATE TABLE iot_personal_hub.dropped_days (
    device_id   integer NOT NULL,
    date        date NOT NULL,
    events      integer NOT NULL,
    fingerprint bytea NOT NULL,
    dropped_at  timestamptz NOT NULL DEFAULT now(),
    -- Asked for each window that is refreshed.
    CONSTRAINT dropped_days_pkey PRIMARY KEY (device_id, date),
    CONSTRAINT dropped_days_fingerprint_is_whole CHECK (octet_length(fingerprint) = 16)
);
COMMENT ON TABLE iot_personal_hub.dropped_days IS
    'One row per device and UTC day of which events, some or all, are in the archive only. Its roll-ups are not recomputed.';
COMMENT ON COLUMN iot_personal_hub.dropped_days.fingerprint IS
    'Of the dropped events, as in archive_objects: with that of the events still here it adds up to the archive''s.';
