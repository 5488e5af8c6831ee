-- Judges which devices are silent, by each rule of that kind: since longer than it says, or than is normal for the device
-- (silent_after()). Of a rule for every device those that have been heard in the last 31 days. An alert ends at the event
-- that ends the silence.
--
-- While rules were not judged, the hub may have been down and could not hear: devices have half an hour then.
CREATE OR REPLACE FUNCTION iot_personal_hub.judge_silences(p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql
SET jit = off
AS $$
DECLARE
    break CONSTANT interval := '5 minutes';
    grace CONSTANT interval := '30 minutes';
    lateness CONSTANT interval := '15 minutes';
    awake_from timestamptz;
    notices record;
BEGIN
    INSERT INTO iot_personal_hub.alert_clock AS clock (ticked_at, awake_since)
    VALUES (p_now, p_now)
    ON CONFLICT (is_only) DO UPDATE
    SET awake_since = CASE WHEN clock.ticked_at < p_now - break THEN p_now ELSE clock.awake_since END,
        ticked_at = greatest(clock.ticked_at, p_now)
    RETURNING clock.awake_since INTO awake_from;

    WITH heard AS MATERIALIZED (
        SELECT device.id, seen.last_seen
        FROM iot_personal_hub.dim_devices AS device
        CROSS JOIN LATERAL iot_personal_hub.last_seen_of(device.id) AS seen
        WHERE EXISTS (
            SELECT
            FROM iot_personal_hub.alert_rules AS rule
            WHERE rule.kind = 'silent'
              AND rule.removed_at IS NULL
              AND (rule.device_id IS NULL OR rule.device_id = device.id))
    ),
    normal AS MATERIALIZED (
        SELECT usual.device_id, usual.silent_after
        FROM iot_personal_hub.silent_after(
            (SELECT array_agg(heard.id) FROM heard), (SELECT array_agg(heard.last_seen) FROM heard)) AS usual
    ),
    pairs AS MATERIALIZED (
        SELECT
            rule.id AS rule_id, heard.id AS device_id, heard.last_seen, rule.late, rule.recovery, rule.repeat,
            coalesce(state.firing, false) AS firing,
            coalesce(state.since, '-infinity') AS since,
            coalesce(state.notified, false) AS notified,
            heard.last_seen + coalesce(rule.lasts, normal.silent_after) AS due_at,
            greatest(
                heard.last_seen + coalesce(rule.lasts, normal.silent_after),
                awake_from + least(grace, coalesce(rule.lasts, normal.silent_after))) AS judged_at
        FROM iot_personal_hub.alert_rules AS rule
        JOIN heard ON rule.device_id IS NULL OR rule.device_id = heard.id
        JOIN normal ON normal.device_id = heard.id
        LEFT JOIN iot_personal_hub.alert_states AS state ON state.rule_id = rule.id AND state.device_id = heard.id
        WHERE rule.kind = 'silent'
          AND rule.removed_at IS NULL
          AND (rule.device_id IS NOT NULL OR heard.last_seen > p_now - interval '31 days')
    ),
    changes AS MATERIALIZED (
        SELECT
            pairs.*,
            NOT pairs.firing AS fires,
            CASE WHEN pairs.firing THEN pairs.last_seen ELSE pairs.due_at END AS at
        FROM pairs
        WHERE CASE WHEN pairs.firing THEN pairs.last_seen > pairs.since
                   ELSE pairs.judged_at <= p_now AND pairs.due_at > pairs.since END
    ),
    decided AS (
        SELECT
            changes.*,
            changes.at < p_now - lateness AS is_late,
            -- A silence lasts: it is news whenever it is found, unless the rule drops what is late.
            CASE WHEN changes.fires
                 THEN NOT (changes.late = 'drop' AND changes.judged_at < p_now - lateness)
                 ELSE changes.notified END AS is_notified
        FROM changes
    ),
    settled AS (
        INSERT INTO iot_personal_hub.alert_states AS state (rule_id, device_id, firing, since, notified, repeat_at)
        SELECT
            decided.rule_id, decided.device_id, decided.fires, decided.at, decided.fires AND decided.is_notified,
            CASE WHEN decided.fires AND decided.is_notified THEN p_now + decided.repeat END
        FROM decided
        ON CONFLICT (rule_id, device_id) DO UPDATE
        SET firing = excluded.firing, since = excluded.since, notified = excluded.notified, repeat_at = excluded.repeat_at
    )
    SELECT
        array_agg(decided.rule_id) AS rule_ids,
        array_agg(decided.device_id) AS device_ids,
        array_agg(CASE WHEN decided.fires THEN 'fired' ELSE 'recovered' END) AS kinds,
        array_agg(decided.at) AS at,
        array_agg(decided.is_late AND NOT decided.fires) AS late
    INTO notices
    FROM decided
    WHERE decided.is_notified AND (decided.fires OR decided.recovery);

    IF notices.rule_ids IS NULL THEN
        RETURN 0;
    END IF;
    RETURN iot_personal_hub.note_alerts(
        notices.rule_ids, notices.device_ids, notices.kinds, notices.at, notices.late, p_now);
END
$$;
