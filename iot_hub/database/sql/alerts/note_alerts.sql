-- Writes notices into the outbox, and to which channels they go. One that is there already is not written again.
-- A muted rule's are noted and go nowhere; in quiet hours all but the critical wait.
-- p_things: for each notice what it is about, as a JSON array, or NULL.
CREATE OR REPLACE FUNCTION iot_personal_hub.note_alerts(
    p_rule_ids integer[], p_device_ids integer[], p_kinds text[], p_at timestamptz[], p_late boolean[], p_now timestamptz,
    p_things jsonb[] DEFAULT NULL)
RETURNS integer
LANGUAGE sql
AS $$
    WITH written AS (
        INSERT INTO iot_personal_hub.alert_outbox AS notice (rule_id, device_id, kind, at, is_late, made_at, things)
        SELECT
            given.rule_id, given.device_id, given.kind, given.at, given.is_late, p_now,
            (SELECT array_agg(thing.name) FROM jsonb_array_elements_text(given.things) AS thing (name))
        FROM ROWS FROM (
            unnest(p_rule_ids), unnest(p_device_ids), unnest(p_kinds), unnest(p_at), unnest(p_late), unnest(p_things)
        ) AS given (rule_id, device_id, kind, at, is_late, things)
        ORDER BY given.at, given.rule_id, given.device_id
        ON CONFLICT DO NOTHING
        RETURNING notice.id, notice.rule_id
    ),
    sent AS (
        INSERT INTO iot_personal_hub.alert_deliveries (outbox_id, channel_id, next_attempt_at)
        SELECT
            written.id, channel.id,
            CASE WHEN rule.severity = 'critical' THEN p_now
                 ELSE iot_personal_hub.quiet_until(p_now, rule.quiet_from, rule.quiet_until) END
        FROM written
        JOIN iot_personal_hub.alert_rules AS rule ON rule.id = written.rule_id
        JOIN iot_personal_hub.alert_channels AS channel
            ON channel.removed_at IS NULL
           AND (rule.channel_ids IS NULL OR channel.id = ANY (rule.channel_ids))
        WHERE rule.muted_until IS NULL OR rule.muted_until <= p_now
    )
    SELECT count(*)::integer FROM written
$$;
