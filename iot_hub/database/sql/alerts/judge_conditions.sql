-- Judges by the rules what the hub has derived or knows, not what one reading says: consumption, usage, services of cars, and
-- the checks of the hub itself that found something (p_findings; NULL: they were not run). Returns how many notices it has
-- written. What is derived has its own instants, and changes when late readings change it; the rest is of p_now.
CREATE OR REPLACE FUNCTION iot_personal_hub.judge_conditions(p_now timestamptz, p_findings text[] DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql
SET jit = off
AS $$
DECLARE
    drives_since CONSTANT timestamptz := p_now - interval '31 days';
    usage_since CONSTANT timestamptz := p_now - interval '2 days';
    today CONSTANT date := p_now AT TIME ZONE coalesce(
        (SELECT setting.value FROM iot_personal_hub.hub_settings AS setting WHERE setting.name = 'time_zone'), 'UTC');
    verdicts iot_personal_hub.alert_turns[];
    judged record;
    pairs record;
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM iot_personal_hub.alert_rules AS rule
        WHERE rule.removed_at IS NULL AND rule.kind IN ('consumption', 'usage', 'service', 'hub'))
    THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.judge_alerts'));

    WITH cars AS (
        SELECT DISTINCT reminder.device_id
        FROM iot_personal_hub.service_reminders AS reminder
    ),
    found AS (
        SELECT drive.* FROM iot_personal_hub.verdicts_of_drives(drives_since, p_now) AS drive
        UNION ALL
        SELECT span.* FROM iot_personal_hub.verdicts_of_usage(usage_since, p_now) AS span
        UNION ALL
        SELECT rule.id, cars.device_id, p_now, due.names IS NOT NULL, coalesce(due.names, '{}'), false
        FROM iot_personal_hub.alert_rules AS rule
        JOIN cars ON rule.device_id IS NULL OR rule.device_id = cars.device_id
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT service.name ORDER BY service.name) AS names
            FROM iot_personal_hub.services_due(cars.device_id, today) AS service
            WHERE service.due_on - today <= coalesce(rule.ahead_days, 0)
               OR service.km_left <= coalesce(rule.ahead_km, 0)
        ) AS due
        WHERE rule.kind = 'service' AND rule.removed_at IS NULL
        UNION ALL
        SELECT rule.id, 0, p_now, found.names IS NOT NULL, coalesce(found.names, '{}'), false
        FROM iot_personal_hub.alert_rules AS rule
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT finding.name ORDER BY finding.name) AS names
            FROM unnest(p_findings) AS finding (name)
            WHERE finding.name = ANY (rule.checks)
        ) AS found
        WHERE rule.kind = 'hub' AND rule.removed_at IS NULL AND p_findings IS NOT NULL
    )
    SELECT array_agg(
        ROW(found.rule_id, found.device_id, found.at, found.met, found.things, found.continues)::iot_personal_hub.alert_turns)
    INTO verdicts
    FROM found;

    -- A pair of which nothing is said any more keeps what was said of it before.
    SELECT array_agg(pair.rule_id) AS rule_ids, array_agg(pair.device_id) AS device_ids, array_agg(pair.since) AS since
    INTO judged
    FROM (
        SELECT DISTINCT
            verdict.rule_id, verdict.device_id,
            CASE rule.kind WHEN 'consumption' THEN drives_since WHEN 'usage' THEN usage_since ELSE p_now END AS since
        FROM unnest(verdicts) AS verdict
        JOIN iot_personal_hub.alert_rules AS rule ON rule.id = verdict.rule_id
    ) AS pair;
    SELECT
        array_agg(turned.rule_id) AS rule_ids,
        array_agg(turned.device_id) AS device_ids,
        array_agg(turned.since) AS since
    INTO pairs
    FROM iot_personal_hub.write_alert_turns(judged.rule_ids, judged.device_ids, judged.since, verdicts) AS turned;
    IF pairs.rule_ids IS NULL THEN
        RETURN 0;
    END IF;
    RETURN iot_personal_hub.settle_alerts(pairs.rule_ids, pairs.device_ids, pairs.since, p_now);
END
$$;
