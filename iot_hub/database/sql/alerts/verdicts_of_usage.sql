-- Judges by how much counters grew, by the rules of usage above normal: in which hours or days of the owner's time zone it was
-- unusually much. The instant is when the hour or the day is over.
--
-- Normal for an hour is the median of the same hour of the 28 days before, for a day that of the 28 days; ten of them must be
-- known. Above is by more than half of it, and by more than four standard deviations, as the median of the deviations gives
-- them, and more than nine in ten of all hours or days of that time.
CREATE OR REPLACE FUNCTION iot_personal_hub.verdicts_of_usage(p_since timestamptz, p_now timestamptz)
RETURNS SETOF iot_personal_hub.alert_turns
LANGUAGE sql STABLE
AS $$
    WITH zone AS MATERIALIZED (
        SELECT coalesce(
            (SELECT setting.value FROM iot_personal_hub.hub_settings AS setting WHERE setting.name = 'time_zone'), 'UTC') AS name
    ),
    grown AS MATERIALIZED (
        SELECT
            rule.id AS rule_id, hourly.device_id, span.starts, span.ends,
            rule.made_at,
            CASE WHEN rule.per = 'hour' THEN date_part('hour', span.starts AT TIME ZONE zone.name) END AS hour,
            sum(hourly.increase) AS amount
        FROM iot_personal_hub.alert_rules AS rule
        CROSS JOIN zone
        JOIN iot_personal_hub.agg_hourly_devices_counters AS hourly
            ON hourly.metric = rule.property
           AND (rule.device_id IS NULL OR hourly.device_id = rule.device_id)
           AND hourly.date_hour >= p_since - interval '30 days'
           AND hourly.date_hour < p_now
        CROSS JOIN LATERAL (
            SELECT
                date_trunc(rule.per, hourly.date_hour, zone.name) AS starts,
                (date_trunc(rule.per, hourly.date_hour AT TIME ZONE zone.name) + ('1 ' || rule.per)::interval)
                    AT TIME ZONE zone.name AS ends
        ) AS span
        WHERE rule.kind = 'usage' AND rule.removed_at IS NULL AND hourly.increase IS NOT NULL
        GROUP BY rule.id, hourly.device_id, span.starts, span.ends, rule.made_at, rule.per, zone.name
    ),
    compared AS (
        SELECT span.rule_id, span.device_id, span.ends AS at, span.amount, usual.median, usual.deviation, every.high
        FROM grown AS span
        CROSS JOIN LATERAL (
            SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY earlier.amount) AS high
            FROM grown AS earlier
            WHERE earlier.rule_id = span.rule_id
              AND earlier.device_id = span.device_id
              AND earlier.starts < span.starts
              AND earlier.starts >= span.starts - interval '28 days'
        ) AS every
        CROSS JOIN LATERAL (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY earlier.amount) AS median
            FROM grown AS earlier
            WHERE earlier.rule_id = span.rule_id
              AND earlier.device_id = span.device_id
              AND earlier.hour IS NOT DISTINCT FROM span.hour
              AND earlier.starts < span.starts
              AND earlier.starts >= span.starts - interval '28 days'
        ) AS middle
        CROSS JOIN LATERAL (
            SELECT
                percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(earlier.amount - middle.median)) AS deviation,
                middle.median, count(*) AS spans
            FROM grown AS earlier
            WHERE earlier.rule_id = span.rule_id
              AND earlier.device_id = span.device_id
              AND earlier.hour IS NOT DISTINCT FROM span.hour
              AND earlier.starts < span.starts
              AND earlier.starts >= span.starts - interval '28 days'
        ) AS usual
        WHERE span.ends >= p_since AND span.ends >= span.made_at AND span.ends <= p_now AND usual.spans >= 10
    )
    SELECT
        compared.rule_id, compared.device_id, compared.at,
        compared.amount > compared.median + greatest(4 * 1.4826 * compared.deviation, 0.5 * compared.median)
            AND compared.amount > compared.high,
        NULL::text[], false
    FROM compared
$$;
