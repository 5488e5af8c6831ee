-- name: judge_alerts
SELECT iot_personal_hub.judge_alerts();

-- name: judge_silences
SELECT iot_personal_hub.judge_silences(now());

-- name: judge_conditions
SELECT iot_personal_hub.judge_conditions(now(), %(findings)s::text[]);

-- name: has_hub_rules
SELECT EXISTS (
    SELECT FROM iot_personal_hub.alert_rules AS rule WHERE rule.kind = 'hub' AND rule.removed_at IS NULL) AS has_rules;

-- name: trim_alerts
SELECT iot_personal_hub.trim_alerts();

-- name: add_alert_rule
INSERT INTO iot_personal_hub.alert_rules (
    name, kind, device_id, property, above, below, margin, equals, place_id, lasts, severity, recovery, late, repeat,
    quiet_from, quiet_until, channel_ids, rises_by, falls_by, within, per, ahead_km, ahead_days, checks)
VALUES (
    %(name)s, %(kind)s, %(device_id)s, %(property)s, %(above)s, %(below)s, %(margin)s, %(equals)s, %(place_id)s, %(lasts)s,
    %(severity)s, %(recovery)s, %(late)s, %(repeat)s, %(quiet_from)s, %(quiet_until)s, %(channel_ids)s, %(rises_by)s,
    %(falls_by)s, %(within)s, %(per)s, %(ahead_km)s, %(ahead_days)s, %(checks)s)
RETURNING id;

-- name: alert_property
-- A number or a state that a rule may be about, by its name or its path.
SELECT property.name, property.kind, property.state, property.unit, property.words, property.counter
FROM iot_personal_hub.dim_properties AS property
WHERE property.name = %(name)s OR array_to_string(property.path, '.') = %(name)s
ORDER BY property.name = %(name)s DESC
LIMIT 1;

-- name: list_alert_rules
-- One row per rule, with how many devices it fires for, and its last notice.
SELECT
    rule.id, rule.name, rule.kind, device.name AS device, rule.property, rule.above, rule.below, rule.margin, rule.equals,
    place.name AS place, extract(epoch FROM rule.lasts)::double precision AS lasts_s, rule.severity, rule.recovery, rule.late,
    extract(epoch FROM rule.repeat)::double precision AS repeat_s, rule.quiet_from, rule.quiet_until,
    rule.muted_until, rule.rises_by, rule.falls_by, extract(epoch FROM rule.within)::double precision AS within_s, rule.per,
    rule.ahead_km, rule.ahead_days, rule.checks,
    (SELECT count(*)
     FROM iot_personal_hub.alert_states AS state
     WHERE state.rule_id = rule.id AND state.firing) AS firing,
    (SELECT max(notice.at)
     FROM iot_personal_hub.alert_outbox AS notice
     WHERE notice.rule_id = rule.id AND notice.kind = 'fired') AS last_fired
FROM iot_personal_hub.alert_rules AS rule
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = rule.device_id
LEFT JOIN iot_personal_hub.places AS place ON place.id = rule.place_id
WHERE rule.removed_at IS NULL
ORDER BY rule.id;

-- name: find_alert_rule
SELECT rule.id, rule.name
FROM iot_personal_hub.alert_rules AS rule
WHERE rule.removed_at IS NULL
  AND (rule.name = %(rule)s OR rule.id::text = %(rule)s)
ORDER BY rule.id::text = %(rule)s DESC, rule.id;

-- name: mute_alert_rule
UPDATE iot_personal_hub.alert_rules SET muted_until = %(until)s WHERE id = %(id)s;

-- name: remove_alert_rule
-- Its notices stay in the log; what of them has yet to be delivered is given up.
WITH removed AS (
    UPDATE iot_personal_hub.alert_rules SET removed_at = now() WHERE id = %(id)s AND removed_at IS NULL RETURNING id
),
turns AS (
    DELETE FROM iot_personal_hub.alert_turns AS turn USING removed WHERE turn.rule_id = removed.id
),
waiting AS (
    DELETE FROM iot_personal_hub.alert_deliveries AS delivery
    USING removed
    JOIN iot_personal_hub.alert_outbox AS notice ON notice.rule_id = removed.id
    WHERE delivery.outbox_id = notice.id AND delivery.delivered_at IS NULL
)
DELETE FROM iot_personal_hub.alert_states AS state USING removed WHERE state.rule_id = removed.id;

-- name: firing_alerts
SELECT
    rule.id AS rule_id, rule.name AS rule, rule.severity, rule.kind, coalesce(device.name, 'hub') AS device, state.since,
    rule.muted_until
FROM iot_personal_hub.alert_states AS state
JOIN iot_personal_hub.alert_rules AS rule ON rule.id = state.rule_id AND rule.removed_at IS NULL
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = state.device_id
WHERE state.firing
ORDER BY state.since DESC;

-- name: alert_log
-- The newest notices, with how many channels have them, and to how many they have yet to go.
SELECT
    notice.id, notice.at, notice.kind, rule.name AS rule, rule.severity, coalesce(device.name, 'hub') AS device, notice.is_late,
    notice.made_at, notice.things,
    (SELECT count(*)
     FROM iot_personal_hub.alert_deliveries AS delivery
     WHERE delivery.outbox_id = notice.id AND delivery.delivered_at IS NOT NULL) AS delivered,
    (SELECT count(*)
     FROM iot_personal_hub.alert_deliveries AS delivery
     WHERE delivery.outbox_id = notice.id AND delivery.delivered_at IS NULL) AS waiting
FROM iot_personal_hub.alert_outbox AS notice
JOIN iot_personal_hub.alert_rules AS rule ON rule.id = notice.rule_id
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = notice.device_id
WHERE (%(device_id)s::integer IS NULL OR notice.device_id = %(device_id)s)
  AND (%(rule_id)s::integer IS NULL OR notice.rule_id = %(rule_id)s)
  AND (%(since)s::timestamptz IS NULL OR notice.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR notice.at < %(until)s)
ORDER BY notice.id DESC
LIMIT %(most)s;

-- name: add_alert_channel
INSERT INTO iot_personal_hub.alert_channels (name, kind, secret, sends_names)
VALUES (%(name)s, %(kind)s, %(secret)s, %(sends_names)s)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: list_alert_channels
SELECT
    channel.id, channel.name, channel.kind, channel.sends_names, channel.delivered_at, channel.failing_since, channel.failure,
    (SELECT count(*)
     FROM iot_personal_hub.alert_deliveries AS delivery
     WHERE delivery.channel_id = channel.id AND delivery.delivered_at IS NULL) AS waiting
FROM iot_personal_hub.alert_channels AS channel
WHERE channel.removed_at IS NULL
ORDER BY channel.id;

-- name: alert_channel
SELECT channel.id, channel.name, channel.kind, channel.secret, channel.sends_names
FROM iot_personal_hub.alert_channels AS channel
WHERE channel.removed_at IS NULL
  AND (channel.name = %(channel)s OR channel.id::text = %(channel)s)
ORDER BY channel.name = %(channel)s DESC
LIMIT 1;

-- name: remove_alert_channel
-- Its secret goes; what it has not delivered is given up.
WITH removed AS (
    UPDATE iot_personal_hub.alert_channels SET removed_at = now(), secret = '' WHERE id = %(id)s RETURNING id
)
DELETE FROM iot_personal_hub.alert_deliveries AS delivery
USING removed
WHERE delivery.channel_id = removed.id AND delivery.delivered_at IS NULL;

-- name: channels_with_deliveries
SELECT channel.id, channel.name, channel.kind, channel.secret, channel.sends_names
FROM iot_personal_hub.alert_channels AS channel
WHERE channel.removed_at IS NULL
  AND EXISTS (
      SELECT
      FROM iot_personal_hub.alert_deliveries AS delivery
      WHERE delivery.channel_id = channel.id
        AND delivery.delivered_at IS NULL
        AND delivery.next_attempt_at <= now());

-- name: due_deliveries
-- What a channel has to deliver now, the oldest first.
SELECT
    notice.id, notice.kind, notice.at, notice.is_late, rule.id AS rule_id, rule.name AS rule, rule.kind AS rule_kind,
    rule.severity, notice.device_id, coalesce(device.name, 'hub') AS device, notice.things, delivery.attempts
FROM iot_personal_hub.alert_deliveries AS delivery
JOIN iot_personal_hub.alert_outbox AS notice ON notice.id = delivery.outbox_id
JOIN iot_personal_hub.alert_rules AS rule ON rule.id = notice.rule_id
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = notice.device_id
WHERE delivery.channel_id = %(channel_id)s
  AND delivery.delivered_at IS NULL
  AND delivery.next_attempt_at <= now()
ORDER BY notice.at, notice.id
LIMIT %(most)s;

-- name: note_delivered
WITH delivered AS (
    UPDATE iot_personal_hub.alert_deliveries
    SET delivered_at = now()
    WHERE channel_id = %(channel_id)s AND outbox_id = ANY (%(outbox_ids)s)
)
UPDATE iot_personal_hub.alert_channels
SET delivered_at = now(), failing_since = NULL, failure = NULL
WHERE id = %(channel_id)s;

-- name: note_not_delivered
-- Tries again after 10 s, 20 s, 40 s and so on, after an hour at most.
WITH failed AS (
    UPDATE iot_personal_hub.alert_deliveries
    SET attempts = attempts + 1,
        next_attempt_at = now() + least(interval '1 hour', interval '10 s' * (2 ^ least(attempts, 9)))
    WHERE channel_id = %(channel_id)s AND outbox_id = ANY (%(outbox_ids)s)
)
UPDATE iot_personal_hub.alert_channels
SET failing_since = coalesce(failing_since, now()), failure = %(failure)s
WHERE id = %(channel_id)s;

-- name: archived_alert_channels
SELECT to_jsonb(channel)::text AS archived
FROM iot_personal_hub.alert_channels AS channel
ORDER BY channel.id;

-- name: restore_alert_channels
INSERT INTO iot_personal_hub.alert_channels (
    id, name, kind, secret, sends_names, made_at, removed_at, delivered_at, failing_since, failure)
OVERRIDING SYSTEM VALUE
SELECT
    archived.id, archived.name, archived.kind, archived.secret, archived.sends_names, archived.made_at, archived.removed_at,
    archived.delivered_at, archived.failing_since, archived.failure
FROM jsonb_populate_recordset(NULL::iot_personal_hub.alert_channels, %(rows)s::jsonb) AS archived;

-- name: archived_alert_rules
SELECT to_jsonb(rule)::text AS archived
FROM iot_personal_hub.alert_rules AS rule
ORDER BY rule.id;

-- name: restore_alert_rules
INSERT INTO iot_personal_hub.alert_rules (
    id, name, kind, device_id, property, above, below, margin, equals, place_id, lasts, severity, recovery, late, repeat,
    quiet_from, quiet_until, muted_until, channel_ids, made_at, removed_at, rises_by, falls_by, within, per, ahead_km,
    ahead_days, checks)
OVERRIDING SYSTEM VALUE
SELECT
    archived.id, archived.name, archived.kind, archived.device_id, archived.property, archived.above, archived.below,
    archived.margin, archived.equals, archived.place_id, archived.lasts, archived.severity, archived.recovery, archived.late,
    archived.repeat, archived.quiet_from, archived.quiet_until, archived.muted_until, archived.channel_ids, archived.made_at,
    archived.removed_at, archived.rises_by, archived.falls_by, archived.within, archived.per, archived.ahead_km,
    archived.ahead_days, archived.checks
FROM jsonb_populate_recordset(NULL::iot_personal_hub.alert_rules, %(rows)s::jsonb) AS archived;

-- name: archived_alert_states
SELECT to_jsonb(state)::text AS archived
FROM iot_personal_hub.alert_states AS state
ORDER BY state.rule_id, state.device_id;

-- name: restore_alert_states
INSERT INTO iot_personal_hub.alert_states (rule_id, device_id, firing, since, notified, due_at, repeat_at)
SELECT
    archived.rule_id, archived.device_id, archived.firing, archived.since, archived.notified, archived.due_at, archived.repeat_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.alert_states, %(rows)s::jsonb) AS archived;
