-- Brings the states of rules and devices to what the turns say at p_now, and writes the notices of it into the outbox, in
-- one transaction. For each pair the caller gives the instant from which turns have changed.
--
-- A condition that begins at a turn fires once it has lasted as long as the rule asks, and ends at the next turn; where that
-- is about something new, such as one more fault code, it fires anew and has not ended. What is
-- not after the state's own instant is settled and makes no more notices. So late readings may move an alert that has had
-- its notice; they do not repeat it. Where they have changed whether it fires now, that is one notice more.
--
-- Late: about an instant more than 15 minutes ago. Of a device whose past is being imported or restored
-- (expect_backlog()) nothing late makes a notice.
CREATE OR REPLACE FUNCTION iot_personal_hub.settle_alerts(
    p_rule_ids integer[], p_device_ids integer[], p_since timestamptz[], p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    lateness CONSTANT interval := '15 minutes';
    notices record;
BEGIN
    -- A place's first reading says where the device is, and is no news.
    INSERT INTO iot_personal_hub.alert_states AS state (rule_id, device_id, firing, since)
    SELECT rule.id, given.device_id, coalesce(first.met, false), coalesce(first.at, '-infinity')
    FROM unnest(p_rule_ids, p_device_ids) AS given (rule_id, device_id)
    JOIN iot_personal_hub.alert_rules AS rule ON rule.id = given.rule_id
    LEFT JOIN LATERAL (
        SELECT turn.at + coalesce(rule.lasts, '0 s') AS at, turn.met
        FROM iot_personal_hub.alert_turns AS turn
        WHERE rule.kind IN ('enters', 'leaves') AND turn.rule_id = rule.id AND turn.device_id = given.device_id
        ORDER BY turn.at
        LIMIT 1
    ) AS first ON true
    WHERE rule.kind NOT IN ('enters', 'leaves') OR first.at IS NOT NULL
    ON CONFLICT DO NOTHING;

    WITH pairs AS MATERIALIZED (
        SELECT
            state.rule_id, state.device_id, state.firing, state.since, state.notified,
            coalesce(rule.lasts, '0 s') AS lasts, rule.recovery, rule.late, rule.repeat,
            coalesce(watch.counts_from > p_now, false) AS is_backlog,
            coalesce(
                (SELECT turn.at
                 FROM iot_personal_hub.alert_turns AS turn
                 WHERE turn.rule_id = state.rule_id
                   AND turn.device_id = state.device_id
                   AND turn.at < given.since
                   AND NOT turn.continues
                 ORDER BY turn.at DESC
                 LIMIT 1),
                '-infinity') AS reads_from,
            latest.at AS turned_at, latest.met, latest.things,
            coalesce(latest.met AND latest.at + coalesce(rule.lasts, '0 s') <= p_now, false) AS fires
        FROM unnest(p_rule_ids, p_device_ids, p_since) AS given (rule_id, device_id, since)
        JOIN iot_personal_hub.alert_states AS state
            ON state.rule_id = given.rule_id AND state.device_id = given.device_id
        JOIN iot_personal_hub.alert_rules AS rule ON rule.id = state.rule_id AND rule.removed_at IS NULL
        LEFT JOIN iot_personal_hub.publication_watches AS watch ON watch.device_id = state.device_id
        CROSS JOIN LATERAL (
            SELECT turn.at, turn.met, turn.things
            FROM iot_personal_hub.alert_turns AS turn
            WHERE turn.rule_id = state.rule_id AND turn.device_id = state.device_id AND NOT turn.continues
            ORDER BY turn.at DESC
            LIMIT 1
        ) AS latest
    ),
    -- Each step is computed once: planned as part of the next, it would be for each row of it.
    episodes AS MATERIALIZED (
        SELECT
            pairs.rule_id, pairs.device_id, pairs.lasts, pairs.since, pairs.firing AS fired_before, turn.met, turn.at,
            turn.things,
            lead(turn.at) OVER in_order AS ends,
            coalesce(lead(turn.met) OVER in_order, false) AS goes_on,
            coalesce(lag(turn.met) OVER in_order, false) AS is_anew
        FROM pairs
        JOIN iot_personal_hub.alert_turns AS turn
            ON turn.rule_id = pairs.rule_id
           AND turn.device_id = pairs.device_id
           AND turn.at >= pairs.reads_from
           AND NOT turn.continues
        WINDOW in_order AS (PARTITION BY pairs.rule_id, pairs.device_id ORDER BY turn.at)
    ),
    lasting AS (
        SELECT
            episodes.rule_id, episodes.device_id, episodes.since, episodes.fired_before,
            episodes.at + episodes.lasts AS starts, episodes.ends, episodes.goes_on, episodes.is_anew, episodes.things
        FROM episodes
        WHERE episodes.met
          AND episodes.at + episodes.lasts <= p_now
          AND (episodes.ends IS NULL OR episodes.ends > episodes.at + episodes.lasts)
    ),
    unsettled AS (
        SELECT
            lasting.rule_id, lasting.device_id, lasting.since, lasting.fired_before, true AS firing, lasting.starts AS at,
            lasting.is_anew, lasting.things
        FROM lasting
        UNION ALL
        SELECT
            lasting.rule_id, lasting.device_id, lasting.since, lasting.fired_before, false, lasting.ends, false, lasting.things
        FROM lasting
        WHERE lasting.ends IS NOT NULL AND NOT lasting.goes_on
    ),
    -- They alternate of themselves, but where it fires anew: only the first may say what is known.
    numbered AS (
        SELECT
            unsettled.rule_id, unsettled.device_id, unsettled.fired_before, unsettled.firing, unsettled.at,
            unsettled.is_anew, unsettled.things,
            row_number() OVER (PARTITION BY unsettled.rule_id, unsettled.device_id ORDER BY unsettled.at) AS number
        FROM unsettled
        WHERE unsettled.at > unsettled.since
    ),
    news AS MATERIALIZED (
        SELECT numbered.rule_id, numbered.device_id, numbered.firing, numbered.at, numbered.things
        FROM numbered
        WHERE numbered.number > 1 OR numbered.firing <> numbered.fired_before OR numbered.is_anew
    ),
    -- What late readings have changed of what is settled: it fires, or no longer does.
    last_news AS MATERIALIZED (
        SELECT DISTINCT ON (news.rule_id, news.device_id) news.rule_id, news.device_id, news.firing, news.at
        FROM news
        ORDER BY news.rule_id, news.device_id, news.at DESC
    ),
    corrected AS (
        SELECT
            pairs.rule_id, pairs.device_id, pairs.fires AS firing,
            greatest(
                last_news.at, pairs.since,
                pairs.turned_at + CASE WHEN pairs.met THEN pairs.lasts ELSE interval '0 s' END) AS at,
            pairs.things
        FROM pairs
        LEFT JOIN last_news ON last_news.rule_id = pairs.rule_id AND last_news.device_id = pairs.device_id
        WHERE coalesce(last_news.firing, pairs.firing) <> pairs.fires
    ),
    every AS MATERIALIZED (
        SELECT news.*, 0 AS turn FROM news
        UNION ALL
        SELECT corrected.*, 1 FROM corrected
    ),
    placed AS (
        SELECT
            every.rule_id, every.device_id, every.firing, every.at, every.turn, every.things,
            every.at < p_now - lateness AS is_late,
            every.firing
                AND NOT (every.at < p_now - lateness AND (pairs.late = 'drop' OR pairs.is_backlog)) AS notifies,
            pairs.notified, pairs.recovery, pairs.repeat
        FROM every
        JOIN pairs ON pairs.rule_id = every.rule_id AND pairs.device_id = every.device_id
    ),
    decided AS MATERIALIZED (
        SELECT
            placed.*,
            CASE WHEN placed.firing THEN placed.notifies
                 ELSE coalesce(
                    lag(placed.notifies) OVER (
                        PARTITION BY placed.rule_id, placed.device_id ORDER BY placed.at, placed.turn),
                    placed.notified)
            END AS is_notified,
            row_number() OVER (
                PARTITION BY placed.rule_id, placed.device_id ORDER BY placed.at DESC, placed.turn DESC) AS number_from_end
        FROM placed
    ),
    settled AS (
        UPDATE iot_personal_hub.alert_states AS state
        SET firing = pairs.fires,
            since = coalesce(latest.at, state.since),
            notified = CASE WHEN latest.at IS NULL THEN state.notified ELSE latest.firing AND latest.is_notified END,
            due_at = CASE WHEN pairs.met AND NOT pairs.fires THEN pairs.turned_at + pairs.lasts END,
            repeat_at = CASE
                WHEN latest.at IS NULL THEN state.repeat_at
                WHEN latest.firing AND latest.is_notified THEN p_now + pairs.repeat END
        FROM pairs
        LEFT JOIN decided AS latest
            ON latest.rule_id = pairs.rule_id AND latest.device_id = pairs.device_id AND latest.number_from_end = 1
        WHERE state.rule_id = pairs.rule_id
          AND state.device_id = pairs.device_id
          AND (latest.at IS NOT NULL
               OR state.due_at IS DISTINCT FROM CASE WHEN pairs.met AND NOT pairs.fires THEN pairs.turned_at + pairs.lasts END)
    )
    SELECT
        array_agg(decided.rule_id) AS rule_ids,
        array_agg(decided.device_id) AS device_ids,
        array_agg(CASE WHEN decided.firing THEN 'fired' ELSE 'recovered' END) AS kinds,
        array_agg(decided.at) AS at,
        array_agg(decided.is_late) AS late,
        array_agg(to_jsonb(decided.things)) AS things
    INTO notices
    FROM decided
    WHERE decided.is_notified AND (decided.firing OR decided.recovery);

    IF notices.rule_ids IS NULL THEN
        RETURN 0;
    END IF;
    RETURN iot_personal_hub.note_alerts(
        notices.rule_ids, notices.device_ids, notices.kinds, notices.at, notices.late, p_now, notices.things);
END
$$;
