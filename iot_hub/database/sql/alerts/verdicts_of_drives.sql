-- Judges what a car used on its drives of at least 5 km by the rules of consumption above normal: at which drives it was.
-- Fuel and electricity are judged each by itself.
--
-- Normal is the median of the drives before it within a year, of which there must be ten. Above is by more than a quarter of
-- it, and by more than three standard deviations, as the median of the deviations gives them. The instant is when the drive
-- is over for certain: as long after its end as two drives are apart.
CREATE OR REPLACE FUNCTION iot_personal_hub.verdicts_of_drives(p_since timestamptz, p_now timestamptz)
RETURNS SETOF iot_personal_hub.alert_turns
LANGUAGE sql STABLE
AS $$
    WITH used AS MATERIALIZED (
        SELECT
            drive.device_id, drive.starts, drive.ends + iot_personal_hub.drive_setting('drive_gap_minutes') AS at,
            used.kind, used.amount / drive.distance_m AS amount
        FROM iot_personal_hub.drives AS drive
        CROSS JOIN LATERAL (VALUES ('fuel', drive.fuel_l), ('energy', drive.energy_wh)) AS used (kind, amount)
        WHERE drive.distance_m >= 5000
          AND used.amount > 0
          AND drive.starts >= p_since - interval '366 days'
          AND drive.device_id IN (
              SELECT coalesce(rule.device_id, driven.device_id)
              FROM iot_personal_hub.alert_rules AS rule
              LEFT JOIN (SELECT DISTINCT other.device_id FROM iot_personal_hub.drives AS other) AS driven
                  ON rule.device_id IS NULL
              WHERE rule.kind = 'consumption' AND rule.removed_at IS NULL)
    ),
    compared AS (
        SELECT drive.device_id, drive.at, drive.amount, usual.median, usual.deviation
        FROM used AS drive
        CROSS JOIN LATERAL (
            SELECT
                percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(before.amount - middle.median)) AS deviation,
                middle.median, count(*) AS drives
            FROM (
                SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY earlier.amount) AS median
                FROM used AS earlier
                WHERE earlier.device_id = drive.device_id
                  AND earlier.kind = drive.kind
                  AND earlier.starts < drive.starts
                  AND earlier.starts >= drive.starts - interval '365 days'
            ) AS middle
            JOIN used AS before
                ON before.device_id = drive.device_id
               AND before.kind = drive.kind
               AND before.starts < drive.starts
               AND before.starts >= drive.starts - interval '365 days'
            GROUP BY middle.median
        ) AS usual
        WHERE drive.at >= p_since AND drive.at <= p_now AND usual.drives >= 10
    )
    SELECT
        rule.id, compared.device_id, compared.at,
        bool_or(compared.amount > compared.median + greatest(3 * 1.4826 * compared.deviation, 0.25 * compared.median)),
        NULL::text[], false
    FROM compared
    JOIN iot_personal_hub.alert_rules AS rule
        ON rule.kind = 'consumption'
       AND rule.removed_at IS NULL
       AND (rule.device_id IS NULL OR rule.device_id = compared.device_id)
       AND compared.at >= rule.made_at
    GROUP BY rule.id, compared.device_id, compared.at
$$;
