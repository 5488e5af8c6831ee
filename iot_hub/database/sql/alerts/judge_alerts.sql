-- Judges what has been stored since the last call by the rules of its devices, and what has lasted long enough meanwhile;
-- writes the reminders that are due. Returns how many notices it has written. One caller at a time; another returns at once.
CREATE OR REPLACE FUNCTION iot_personal_hub.judge_alerts(p_now timestamptz DEFAULT now(), p_most integer DEFAULT 2000)
RETURNS integer
LANGUAGE plpgsql
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    kept CONSTANT interval := '31 days';
    marked record;
    judged record;
    verdicts iot_personal_hub.alert_turns[];
    pairs record;
    repeated record;
    written integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('iot_personal_hub.judge_alerts')) THEN
        RETURN 0;
    END IF;

    WITH claimed AS (
        DELETE FROM iot_personal_hub.alert_marks AS mark
        USING (
            SELECT next.id
            FROM iot_personal_hub.alert_marks AS next
            WHERE next.due_at <= p_now
            ORDER BY next.due_at, next.id
            LIMIT p_most
        ) AS next
        WHERE mark.id = next.id
        RETURNING mark.device_id, mark.since
    ),
    devices AS (
        SELECT claimed.device_id, min(claimed.since) AS since
        FROM claimed
        WHERE claimed.since >= p_now - kept
        GROUP BY claimed.device_id
    )
    SELECT array_agg(devices.device_id) AS device_ids, array_agg(devices.since) AS since
    INTO marked
    FROM devices;

    IF marked.device_ids IS NOT NULL THEN
        SELECT array_agg(verdict) INTO verdicts
        FROM iot_personal_hub.verdicts_of_readings(marked.device_ids, marked.since, p_now) AS verdict;
    END IF;
    SELECT array_agg(rule.id) AS rule_ids, array_agg(device.id) AS device_ids, array_agg(device.since) AS since
    INTO judged
    FROM unnest(marked.device_ids, marked.since) AS device (id, since)
    JOIN iot_personal_hub.alert_rules AS rule
        ON rule.removed_at IS NULL
       AND rule.kind IN ('value', 'change', 'state', 'battery', 'fault', 'enters', 'leaves')
       AND (rule.device_id IS NULL OR rule.device_id = device.id);

    -- A pair changes by a turn that was written or taken away, or by what has become due.
    SELECT
        array_agg(pair.rule_id) AS rule_ids,
        array_agg(pair.device_id) AS device_ids,
        array_agg(pair.since) AS since
    INTO pairs
    FROM (
        SELECT changed.rule_id, changed.device_id, min(changed.since) AS since
        FROM (
            SELECT turned.rule_id, turned.device_id, turned.since
            FROM iot_personal_hub.write_alert_turns(judged.rule_ids, judged.device_ids, judged.since, verdicts) AS turned
            UNION ALL
            SELECT state.rule_id, state.device_id, p_now
            FROM iot_personal_hub.alert_states AS state
            WHERE state.due_at <= p_now
        ) AS changed
        GROUP BY changed.rule_id, changed.device_id
    ) AS pair;
    IF pairs.rule_ids IS NOT NULL THEN
        written := iot_personal_hub.settle_alerts(pairs.rule_ids, pairs.device_ids, pairs.since, p_now);
    END IF;

    WITH due AS (
        UPDATE iot_personal_hub.alert_states AS state
        SET repeat_at = p_now + rule.repeat
        FROM iot_personal_hub.alert_rules AS rule
        WHERE state.repeat_at <= p_now AND rule.id = state.rule_id
        RETURNING state.rule_id, state.device_id, rule.removed_at
    )
    SELECT
        array_agg(due.rule_id) AS rule_ids,
        array_agg(due.device_id) AS device_ids,
        array_agg('reminder'::text) AS kinds,
        array_agg(p_now) AS at,
        array_agg(false) AS late
    INTO repeated
    FROM due
    WHERE due.removed_at IS NULL;
    IF repeated.rule_ids IS NOT NULL THEN
        written := written + iot_personal_hub.note_alerts(
            repeated.rule_ids, repeated.device_ids, repeated.kinds, repeated.at, repeated.late, p_now);
    END IF;
    RETURN written;
END
$$;
