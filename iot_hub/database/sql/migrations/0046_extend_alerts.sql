-- More kinds of alert rules, and marks of readings that are dated ahead.

-- Replaced by functions of other names or with more parameters.
DROP FUNCTION IF EXISTS iot_personal_hub.read_alert_turns(integer[], timestamptz[], timestamptz);
DROP FUNCTION IF EXISTS iot_personal_hub.note_alerts(integer[], integer[], text[], timestamptz[], boolean[], timestamptz);

ALTER TABLE iot_personal_hub.alert_rules
    ADD COLUMN rises_by   double precision,
    ADD COLUMN falls_by   double precision,
    ADD COLUMN within     interval,
    ADD COLUMN per        text,
    ADD COLUMN ahead_km   double precision,
    ADD COLUMN ahead_days integer,
    ADD COLUMN checks     text[],
    DROP CONSTRAINT alert_rules_kind_is_known,
    DROP CONSTRAINT alert_rules_value_has_a_limit,
    ADD CONSTRAINT alert_rules_kind_is_known CHECK (kind IN (
        'value', 'change', 'state', 'battery', 'fault', 'silent', 'enters', 'leaves', 'consumption', 'usage', 'service',
        'hub')),
    ADD CONSTRAINT alert_rules_value_has_a_limit CHECK (
        CASE kind
            WHEN 'value' THEN property IS NOT NULL AND num_nonnulls(above, below) > 0
            WHEN 'battery' THEN below IS NOT NULL AND above IS NULL
            ELSE num_nonnulls(above, below) = 0 END),
    ADD CONSTRAINT alert_rules_change_has_a_size CHECK (
        CASE WHEN kind = 'change'
             THEN property IS NOT NULL AND within IS NOT NULL AND num_nonnulls(rises_by, falls_by) > 0
             ELSE num_nonnulls(rises_by, falls_by, within) = 0 END),
    ADD CONSTRAINT alert_rules_changes_are_numbers CHECK (
        rises_by > 0 AND rises_by <= 1e30 AND falls_by > 0 AND falls_by <= 1e30),
    ADD CONSTRAINT alert_rules_within_is_short CHECK (within >= '1 s' AND within <= '7 days'),
    ADD CONSTRAINT alert_rules_usage_has_a_span CHECK (
        CASE WHEN kind = 'usage' THEN property IS NOT NULL AND per IS NOT NULL ELSE per IS NULL END),
    ADD CONSTRAINT alert_rules_per_is_known CHECK (per IN ('hour', 'day')),
    ADD CONSTRAINT alert_rules_ahead_is_of_services CHECK (kind = 'service' OR num_nonnulls(ahead_km, ahead_days) = 0),
    ADD CONSTRAINT alert_rules_ahead_is_forward CHECK (
        ahead_km >= 0 AND ahead_km <= 1000000 AND ahead_days >= 0 AND ahead_days <= 3650),
    ADD CONSTRAINT alert_rules_things_do_not_last CHECK (
        lasts IS NULL OR kind NOT IN ('fault', 'consumption', 'usage', 'service', 'hub')),
    ADD CONSTRAINT alert_rules_checks_are_of_the_hub CHECK (
        CASE WHEN kind = 'hub' THEN cardinality(checks) > 0 AND device_id IS NULL ELSE checks IS NULL END);
COMMENT ON COLUMN iot_personal_hub.alert_rules.rises_by IS
    'By how much a value has to rise within the time.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.falls_by IS
    'By how much a value has to fall within the time.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.within IS
    'The time before a reading whose values it is compared with.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.per IS
    'Whether the growth of a counter is judged by the hour or by the day.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.ahead_km IS
    'How many kilometres before a service is due it fires. NULL: none.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.ahead_days IS
    'How many days before a service is due it fires. NULL: none.';
COMMENT ON COLUMN iot_personal_hub.alert_rules.checks IS
    'The checks of the hub itself that it is about, as iot-hub doctor names them.';

ALTER TABLE iot_personal_hub.alert_marks ADD COLUMN due_at timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX alert_marks_due_idx ON iot_personal_hub.alert_marks (due_at, id);
COMMENT ON COLUMN iot_personal_hub.alert_marks.due_at IS
    'When it is judged: at the instant of a reading that is dated ahead; else at once.';

ALTER TABLE iot_personal_hub.alert_turns
    ADD COLUMN things    text[],
    ADD COLUMN continues boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN iot_personal_hub.alert_turns.things IS
    'Of a condition that is about several things which of them: fault codes, services, checks. In order.';
COMMENT ON COLUMN iot_personal_hub.alert_turns.continues IS
    'Whether the condition was met before, by all of these things: there is nothing new.';

-- The hub itself is device 0 here, and no row of dim_devices: the reference is kept by a column of its own.
ALTER TABLE iot_personal_hub.alert_states
    ADD COLUMN of_device_id integer GENERATED ALWAYS AS (nullif(device_id, 0)) STORED,
    DROP CONSTRAINT alert_states_device_fkey,
    ADD CONSTRAINT alert_states_device_fkey FOREIGN KEY (of_device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE;
DROP INDEX iot_personal_hub.alert_states_device_idx;
CREATE INDEX alert_states_device_idx ON iot_personal_hub.alert_states (of_device_id);
COMMENT ON COLUMN iot_personal_hub.alert_states.device_id IS
    '0: the hub itself.';
COMMENT ON COLUMN iot_personal_hub.alert_states.of_device_id IS
    'The device, for the reference. NULL: the hub itself.';

ALTER TABLE iot_personal_hub.alert_outbox
    ADD COLUMN things text[],
    ADD COLUMN of_device_id integer GENERATED ALWAYS AS (nullif(device_id, 0)) STORED,
    DROP CONSTRAINT alert_outbox_device_fkey,
    ADD CONSTRAINT alert_outbox_device_fkey FOREIGN KEY (of_device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE;
DROP INDEX iot_personal_hub.alert_outbox_device_idx;
CREATE INDEX alert_outbox_device_idx ON iot_personal_hub.alert_outbox (of_device_id);
COMMENT ON COLUMN iot_personal_hub.alert_outbox.device_id IS
    '0: the hub itself.';
COMMENT ON COLUMN iot_personal_hub.alert_outbox.things IS
    'What it is about, where that may be several things: fault codes, services, checks.';
COMMENT ON COLUMN iot_personal_hub.alert_outbox.of_device_id IS
    'The device, for the reference. NULL: the hub itself.';
