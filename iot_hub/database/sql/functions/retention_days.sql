-- For how many days after its own an event with these groups is kept: the longest of them counts, each by its most
-- specific rule (device and group, device, group, all). NULL: for ever. An event without groups follows the rules for
-- all groups.
DROP FUNCTION IF EXISTS iot_personal_hub.retention_days(integer, text[]);
CREATE OR REPLACE FUNCTION iot_personal_hub.retention_days(p_device_id integer, p_groups text[])
RETURNS integer
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        WITH event_groups AS (
            SELECT unnest(CASE WHEN p_groups = '{}' THEN ARRAY[NULL] ELSE p_groups END) AS name
        ),
        ruled AS (
            SELECT (
                SELECT rule.days
                FROM iot_personal_hub.retention_rules AS rule
                WHERE (rule.device_id = p_device_id OR rule.device_id IS NULL)
                  AND (rule.family = event_groups.name OR rule.family IS NULL)
                ORDER BY rule.device_id NULLS LAST, rule.family NULLS LAST
                LIMIT 1
            ) AS days
            FROM event_groups
        )
        SELECT CASE WHEN bool_and(ruled.days IS NOT NULL) THEN max(ruled.days) END
        FROM ruled
    );
END
$$;
