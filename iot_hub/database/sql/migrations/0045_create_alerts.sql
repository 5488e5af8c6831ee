-- Alerts: what the owner wants to be notified of, whether it is the case now, and the notices to deliver.

CREATE TABLE iot_personal_hub.alert_channels (
    id            integer     NOT NULL GENERATED ALWAYS AS IDENTITY,
    name          text        NOT NULL,
    kind          text        NOT NULL,
    secret        bytea       NOT NULL,
    sends_names   boolean     NOT NULL DEFAULT false,
    made_at       timestamptz NOT NULL DEFAULT now(),
    removed_at    timestamptz,
    delivered_at  timestamptz,
    failing_since timestamptz,
    failure       text,
    CONSTRAINT alert_channels_pkey PRIMARY KEY (id),
    CONSTRAINT alert_channels_name_is_given CHECK (btrim(name) <> '' AND length(name) <= 100),
    CONSTRAINT alert_channels_kind_is_known CHECK (kind IN ('webhook', 'mqtt')),
    CONSTRAINT alert_channels_failure_has_a_start CHECK (failure IS NULL OR failing_since IS NOT NULL)
);
CREATE UNIQUE INDEX alert_channels_name_key ON iot_personal_hub.alert_channels (name) WHERE removed_at IS NULL;
COMMENT ON TABLE iot_personal_hub.alert_channels IS
    'One row per way in which the hub tells its owner, removed ones too.';
COMMENT ON COLUMN iot_personal_hub.alert_channels.secret IS
    'Where it leads, encrypted by the key in the hub''s folder: an address has a password in it.';
COMMENT ON COLUMN iot_personal_hub.alert_channels.sends_names IS
    'Whether the names of rules and devices, and values, leave the hub by it.';
COMMENT ON COLUMN iot_personal_hub.alert_channels.failing_since IS
    'Since when nothing could be delivered. NULL: it works.';
COMMENT ON COLUMN iot_personal_hub.alert_channels.failure IS
    'The kind of the last failure, without what the other side said.';

CREATE TABLE iot_personal_hub.alert_rules (
    id          integer          NOT NULL GENERATED ALWAYS AS IDENTITY,
    name        text             NOT NULL,
    kind        text             NOT NULL,
    device_id   integer,
    property    text,
    above       double precision,
    below       double precision,
    margin      double precision NOT NULL DEFAULT 0,
    equals      text,
    place_id    integer,
    lasts       interval,
    severity    text             NOT NULL DEFAULT 'warning',
    recovery    boolean          NOT NULL DEFAULT true,
    late        text             NOT NULL DEFAULT 'notify',
    repeat      interval,
    quiet_from  time,
    quiet_until time,
    muted_until timestamptz,
    channel_ids integer[],
    made_at     timestamptz      NOT NULL DEFAULT now(),
    removed_at  timestamptz,
    CONSTRAINT alert_rules_pkey PRIMARY KEY (id),
    CONSTRAINT alert_rules_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE,
    CONSTRAINT alert_rules_place_fkey FOREIGN KEY (place_id)
        REFERENCES iot_personal_hub.places (id) ON DELETE CASCADE,
    CONSTRAINT alert_rules_name_is_given CHECK (btrim(name) <> '' AND length(name) <= 100),
    CONSTRAINT alert_rules_kind_is_known CHECK (kind IN ('value', 'state', 'silent', 'enters', 'leaves')),
    CONSTRAINT alert_rules_value_has_a_limit CHECK (
        CASE WHEN kind = 'value'
             THEN property IS NOT NULL AND num_nonnulls(above, below) > 0
             ELSE num_nonnulls(above, below) = 0 END),
    CONSTRAINT alert_rules_limits_are_numbers CHECK (
        abs(above) <= 1e30 AND abs(below) <= 1e30 AND margin >= 0 AND margin <= 1e30),
    CONSTRAINT alert_rules_state_has_a_value CHECK (
        CASE WHEN kind = 'state' THEN property IS NOT NULL AND equals IS NOT NULL ELSE equals IS NULL END),
    CONSTRAINT alert_rules_place_is_given CHECK ((kind IN ('enters', 'leaves')) = (place_id IS NOT NULL)),
    CONSTRAINT alert_rules_lasts_is_forward CHECK (lasts >= '0 s' AND lasts <= '31 days'),
    CONSTRAINT alert_rules_severity_is_known CHECK (severity IN ('info', 'warning', 'critical')),
    CONSTRAINT alert_rules_late_is_known CHECK (late IN ('notify', 'drop')),
    CONSTRAINT alert_rules_repeat_is_no_flood CHECK (repeat >= '1 minute'),
    CONSTRAINT alert_rules_quiet_hours_are_whole CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
CREATE INDEX alert_rules_place_idx ON iot_personal_hub.alert_rules (place_id) WHERE place_id IS NOT NULL;
CREATE INDEX alert_rules_device_idx ON iot_personal_hub.alert_rules (device_id);
COMMENT ON TABLE iot_personal_hub.alert_rules IS
    'One row per alert rule of the owner, removed ones too.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.device_id IS
    'NULL: every device.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.property IS
    'A number or a state of the catalogue (dim_properties).';
COMMENT ON COLUMN iot_personal_hub.alert_rules.margin IS
    'How far within the limit a value has to come back before the alert ends.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.equals IS
    'The value of a state, as state_of() writes it.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.lasts IS
    'For how long it has to last. Of a silence NULL: longer than is normal for the device.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.recovery IS
    'Whether the owner is notified when it ends, too.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.late IS
    'What becomes of an alert whose readings came late: notify of it as past, or drop it.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.repeat IS
    'How often the owner is reminded while it lasts. NULL: never.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.quiet_from IS
    'From then until quiet_until, in the owner''s time zone, only what is critical is delivered; the rest waits.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.muted_until IS
    'Until then it is noted and not delivered.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.channel_ids IS
    'The channels to which its notices go. NULL: all.';

CREATE TABLE iot_personal_hub.alert_marks (
    device_id integer     NOT NULL,
    since     timestamptz NOT NULL,
    id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT alert_marks_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE iot_personal_hub.alert_marks IS
    'A log: one row per commit that stored events of a device with rules, until they are judged by them.';
COMMENT ON COLUMN iot_personal_hub.alert_marks.since IS
    'The earliest of the events.';

CREATE TABLE iot_personal_hub.alert_turns (
    rule_id   integer     NOT NULL,
    device_id integer     NOT NULL,
    at        timestamptz NOT NULL,
    met       boolean     NOT NULL,
    CONSTRAINT alert_turns_pkey PRIMARY KEY (rule_id, device_id, at)
);
COMMENT ON TABLE iot_personal_hub.alert_turns IS
    'One row per reading since which a rule''s condition has been met, or has not: what the data say in order, whenever they came. Of the last 31 days.';

CREATE TABLE iot_personal_hub.alert_states (
    rule_id   integer     NOT NULL,
    device_id integer     NOT NULL,
    firing    boolean     NOT NULL DEFAULT false,
    since     timestamptz NOT NULL DEFAULT '-infinity',
    notified  boolean     NOT NULL DEFAULT false,
    due_at    timestamptz,
    repeat_at timestamptz,
    CONSTRAINT alert_states_pkey PRIMARY KEY (rule_id, device_id),
    CONSTRAINT alert_states_rule_fkey FOREIGN KEY (rule_id)
        REFERENCES iot_personal_hub.alert_rules (id) ON DELETE CASCADE,
    CONSTRAINT alert_states_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE
);
CREATE INDEX alert_states_device_idx ON iot_personal_hub.alert_states (device_id);
CREATE INDEX alert_states_due_idx ON iot_personal_hub.alert_states (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alert_states_repeat_idx ON iot_personal_hub.alert_states (repeat_at) WHERE repeat_at IS NOT NULL;
COMMENT ON TABLE iot_personal_hub.alert_states IS
    'One row per rule and device: whether it fires.';
COMMENT ON COLUMN iot_personal_hub.alert_states.since IS
    'The instant of the data at which it began to fire, or ended. What is before it is settled: it makes no more notices.';
COMMENT ON COLUMN iot_personal_hub.alert_states.notified IS
    'Whether there was a notice that it fires: only then there is one of its end.';
COMMENT ON COLUMN iot_personal_hub.alert_states.due_at IS
    'When it begins to fire if nothing comes between.';
COMMENT ON COLUMN iot_personal_hub.alert_states.repeat_at IS
    'When the owner is reminded of it.';

CREATE TABLE iot_personal_hub.alert_outbox (
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    rule_id    integer     NOT NULL,
    device_id  integer     NOT NULL,
    kind       text        NOT NULL,
    at         timestamptz NOT NULL,
    is_late    boolean     NOT NULL DEFAULT false,
    made_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT alert_outbox_pkey PRIMARY KEY (id),
    CONSTRAINT alert_outbox_is_written_once UNIQUE (rule_id, device_id, at, kind),
    CONSTRAINT alert_outbox_kind_is_known CHECK (kind IN ('fired', 'recovered', 'reminder')),
    CONSTRAINT alert_outbox_rule_fkey FOREIGN KEY (rule_id)
        REFERENCES iot_personal_hub.alert_rules (id) ON DELETE CASCADE,
    CONSTRAINT alert_outbox_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE
);
CREATE INDEX alert_outbox_device_idx ON iot_personal_hub.alert_outbox (device_id);
COMMENT ON TABLE iot_personal_hub.alert_outbox IS
    'One row per notice: that a rule fires for a device, still does, or has ended. Written with the state, in one transaction.';
COMMENT ON COLUMN iot_personal_hub.alert_outbox.at IS
    'The instant of the data that it is about.';
COMMENT ON COLUMN iot_personal_hub.alert_outbox.is_late IS
    'Whether the readings came so late that the notice is about the past.';

CREATE TABLE iot_personal_hub.alert_deliveries (
    outbox_id       bigint      NOT NULL,
    channel_id      integer     NOT NULL,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0,
    delivered_at    timestamptz,
    CONSTRAINT alert_deliveries_pkey PRIMARY KEY (outbox_id, channel_id),
    CONSTRAINT alert_deliveries_outbox_fkey FOREIGN KEY (outbox_id)
        REFERENCES iot_personal_hub.alert_outbox (id) ON DELETE CASCADE,
    CONSTRAINT alert_deliveries_channel_fkey FOREIGN KEY (channel_id)
        REFERENCES iot_personal_hub.alert_channels (id) ON DELETE CASCADE
);
CREATE INDEX alert_deliveries_waiting_idx ON iot_personal_hub.alert_deliveries (channel_id, next_attempt_at)
    WHERE delivered_at IS NULL;
COMMENT ON TABLE iot_personal_hub.alert_deliveries IS
    'One row per notice and channel: delivered, or when to try next.';
COMMENT ON COLUMN iot_personal_hub.alert_deliveries.delivered_at IS
    'When the channel took it. NULL: not yet.';

CREATE TABLE iot_personal_hub.alert_clock (
    is_only     boolean     NOT NULL DEFAULT true,
    ticked_at   timestamptz NOT NULL,
    awake_since timestamptz NOT NULL,
    CONSTRAINT alert_clock_pkey PRIMARY KEY (is_only),
    CONSTRAINT alert_clock_is_one_row CHECK (is_only)
);
COMMENT ON TABLE iot_personal_hub.alert_clock IS
    'One row: since when rules have been judged without a break. While the hub is down every device is silent.';
