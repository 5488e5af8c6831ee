-- For how many days after its own an event with these families is kept: as long as the longest of
-- them, each by its most specific rule (device and family, device, family, all). NULL: for ever.
-- An event without families follows the rules for all families.
CREATE OR REPLACE FUNCTION iot_personal_hub.retention_days(the_device integer, families text[])
RETURNS integer
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        WITH given AS (
            SELECT unnest(CASE WHEN families = '{}' THEN ARRAY[NULL] ELSE families END) AS family
        ),
        ruled AS (
            SELECT (
                SELECT rule.days
                FROM iot_personal_hub.retention_rules AS rule
                WHERE (rule.device_id = the_device OR rule.device_id IS NULL)
                  AND (rule.family = given.family OR rule.family IS NULL)
                ORDER BY rule.device_id NULLS LAST, rule.family NULLS LAST
                LIMIT 1
            ) AS days
            FROM given
        )
        SELECT CASE WHEN bool_and(ruled.days IS NOT NULL) THEN max(ruled.days) END
        FROM ruled
    );
END
$$;
