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
            ORDER BY next.id
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
        PERFORM iot_personal_hub.read_alert_turns(marked.device_ids, marked.since, p_now);
    END IF;

    -- A pair changes by a turn that was written, or by what has become due.
    SELECT
        array_agg(pair.rule_id) AS rule_ids,
        array_agg(pair.device_id) AS device_ids,
        array_agg(pair.since) AS since
    INTO pairs
    FROM (
        SELECT changed.rule_id, changed.device_id, min(changed.since) AS since
        FROM (
            SELECT rule.id AS rule_id, device.id AS device_id, device.since
            FROM unnest(marked.device_ids, marked.since) AS device (id, since)
            JOIN iot_personal_hub.alert_rules AS rule
                ON rule.removed_at IS NULL
               AND rule.kind <> 'silent'
               AND (rule.device_id IS NULL OR rule.device_id = device.id)
            WHERE EXISTS (
                SELECT
                FROM iot_personal_hub.alert_turns AS turn
                WHERE turn.rule_id = rule.id AND turn.device_id = device.id)
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
