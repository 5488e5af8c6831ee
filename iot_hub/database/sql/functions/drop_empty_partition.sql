-- Drops the partition of a month that holds no event any more; returns whether it did. Waits at most two seconds for
-- users of the table (a backup, say), since everyone after them would wait too.
CREATE OR REPLACE FUNCTION iot_personal_hub.drop_empty_partition(month timestamptz)
RETURNS boolean
LANGUAGE plpgsql
SET lock_timeout = '2s'
AS $$
DECLARE
    filled boolean;
BEGIN
    -- No event may come between the look and the drop: ensure_partitions takes the same lock.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.drop_partitions'));
    EXECUTE format('SELECT EXISTS (SELECT FROM iot_personal_hub.%I)', iot_personal_hub.partition_of(month))
    INTO filled;
    IF filled THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE iot_personal_hub.%I', iot_personal_hub.partition_of(month));
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$$;
