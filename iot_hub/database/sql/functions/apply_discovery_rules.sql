-- Decides about proposed devices what a rule says, or, for a part, what was decided about the whole. A rule to ignore
-- comes before one to approve. Returns the number decided.
CREATE OR REPLACE FUNCTION iot_personal_hub.apply_discovery_rules()
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    proposal record;
    decided  integer := 0;
BEGIN
    FOR proposal IN
        SELECT proposed.identity, coalesce(whole.decision, ruled.decision) AS decision
        FROM iot_personal_hub.discovered_devices AS proposed
        CROSS JOIN LATERAL (
            SELECT iot_personal_hub.discovery_rule_of(proposed.identity, proposed.protocol) AS decision
        ) AS ruled
        LEFT JOIN LATERAL (
            SELECT CASE other.status WHEN 'approved' THEN 'approve' ELSE 'ignore' END AS decision
            FROM iot_personal_hub.discovered_devices AS other
            WHERE strpos(proposed.identity, '#') > 0
              AND other.identity = split_part(proposed.identity, '#', 1)
              AND other.status <> 'proposed'
        ) AS whole ON true
        WHERE proposed.status = 'proposed'
          AND coalesce(whole.decision, ruled.decision) IS NOT NULL
        ORDER BY proposed.first_heard, proposed.identity
    LOOP
        IF proposal.decision = 'approve' THEN
            PERFORM iot_personal_hub.approve_discovered(proposal.identity);
        ELSE
            UPDATE iot_personal_hub.discovered_devices AS ignored
            SET status = 'ignored'
            WHERE ignored.identity = proposal.identity;
        END IF;
        decided := decided + 1;
    END LOOP;

    RETURN decided;
END
$$;
