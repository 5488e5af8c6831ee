-- Whether the raw table has the partition of a month (UTC). Asks the catalogue itself: a name
-- looked up by to_regclass may be cached as missing after another session has created it.
CREATE OR REPLACE FUNCTION iot_personal_hub.has_partition(month timestamptz)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM pg_class AS relation
        WHERE relation.relname = iot_personal_hub.partition_of(month)
          AND relation.relnamespace = 'iot_personal_hub'::regnamespace
    );
END
$$;
