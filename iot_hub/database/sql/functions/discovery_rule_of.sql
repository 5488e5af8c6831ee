-- What the owner's rules say about a device: approve or ignore, which comes first; null: nothing.
CREATE OR REPLACE FUNCTION iot_personal_hub.discovery_rule_of(of_identity text, of_protocol text)
RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT rule.decision
    FROM iot_personal_hub.discovery_rules AS rule
    CROSS JOIN LATERAL (
        SELECT replace(replace(replace(replace(rule.pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
    ) AS written (pattern)
    WHERE of_identity LIKE written.pattern
       OR of_protocol LIKE written.pattern
    ORDER BY rule.decision DESC
    LIMIT 1
$$;
