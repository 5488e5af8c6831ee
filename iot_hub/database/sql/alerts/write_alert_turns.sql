-- Brings the turns of pairs of a rule and a device, from an instant each, to what verdicts in order of time say: at which of
-- them the condition began to be met, ceased to be, or came to be about other things. Writes what differs and nothing else;
-- returns which pairs have changed, and from which instant.
CREATE OR REPLACE FUNCTION iot_personal_hub.write_alert_turns(
    p_rule_ids integer[], p_device_ids integer[], p_since timestamptz[], p_verdicts iot_personal_hub.alert_turns[])
RETURNS TABLE (rule_id integer, device_id integer, since timestamptz)
LANGUAGE sql
SET enable_seqscan = off
SET jit = off
AS $$
    WITH pairs AS MATERIALIZED (
        SELECT pair.rule_id, pair.device_id, pair.since
        FROM unnest(p_rule_ids, p_device_ids, p_since) AS pair (rule_id, device_id, since)
    ),
    sequenced AS (
        SELECT
            verdict.rule_id, verdict.device_id, verdict.at, verdict.met, verdict.things, pairs.since,
            lag(verdict.met) OVER in_order AS met_before,
            lag(verdict.things) OVER in_order AS things_before,
            row_number() OVER in_order AS number
        FROM unnest(p_verdicts) AS verdict
        JOIN pairs ON pairs.rule_id = verdict.rule_id AND pairs.device_id = verdict.device_id
        WHERE verdict.at >= pairs.since
        WINDOW in_order AS (PARTITION BY verdict.rule_id, verdict.device_id ORDER BY verdict.at)
    ),
    compared AS (
        SELECT
            sequenced.rule_id, sequenced.device_id, sequenced.at, sequenced.met, sequenced.things,
            CASE WHEN sequenced.number = 1 THEN known.met ELSE sequenced.met_before END AS met_before,
            CASE WHEN sequenced.number = 1 THEN known.things ELSE sequenced.things_before END AS things_before
        FROM sequenced
        LEFT JOIN LATERAL (
            SELECT turn.met, turn.things
            FROM iot_personal_hub.alert_turns AS turn
            WHERE turn.rule_id = sequenced.rule_id
              AND turn.device_id = sequenced.device_id
              AND turn.at < sequenced.since
            ORDER BY turn.at DESC
            LIMIT 1
        ) AS known ON sequenced.number = 1
    ),
    wanted AS MATERIALIZED (
        SELECT
            compared.rule_id, compared.device_id, compared.at, compared.met, compared.things,
            coalesce(compared.met AND compared.met_before AND compared.things <@ compared.things_before, false) AS continues
        FROM compared
        WHERE compared.met IS DISTINCT FROM compared.met_before
           OR compared.things IS DISTINCT FROM compared.things_before
    ),
    gone AS (
        DELETE FROM iot_personal_hub.alert_turns AS turn
        USING pairs
        WHERE turn.rule_id = pairs.rule_id
          AND turn.device_id = pairs.device_id
          AND turn.at >= pairs.since
          AND NOT EXISTS (
              SELECT
              FROM wanted
              WHERE wanted.rule_id = turn.rule_id AND wanted.device_id = turn.device_id AND wanted.at = turn.at)
        RETURNING turn.rule_id, turn.device_id, turn.at
    ),
    written AS (
        INSERT INTO iot_personal_hub.alert_turns AS turn (rule_id, device_id, at, met, things, continues)
        SELECT wanted.rule_id, wanted.device_id, wanted.at, wanted.met, wanted.things, wanted.continues
        FROM wanted
        ON CONFLICT ON CONSTRAINT alert_turns_pkey DO UPDATE
        SET met = excluded.met, things = excluded.things, continues = excluded.continues
        WHERE (turn.met, turn.things, turn.continues) IS DISTINCT FROM (excluded.met, excluded.things, excluded.continues)
        RETURNING turn.rule_id, turn.device_id, turn.at
    )
    SELECT changed.rule_id, changed.device_id, min(changed.at)
    FROM (
        SELECT gone.rule_id, gone.device_id, gone.at FROM gone
        UNION ALL
        SELECT written.rule_id, written.device_id, written.at FROM written
    ) AS changed
    GROUP BY changed.rule_id, changed.device_id
$$;
