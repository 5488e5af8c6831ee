-- Creates the monthly partitions of the raw table that events at the given instants need, in the
-- caller's transaction, which must insert them next.
CREATE OR REPLACE FUNCTION iot_personal_hub.ensure_partitions(instants timestamptz[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    months timestamptz[];
    month timestamptz;
    partition_name text;
    creators bigint := hashtext('iot_personal_hub.ensure_partitions');
BEGIN
    SELECT array_agg(DISTINCT date_trunc('month', event.instant, 'UTC'))
    INTO months
    FROM unnest(instants) AS event (instant);

    -- A partition that is seen from here on stays until the caller has committed.
    PERFORM pg_advisory_xact_lock_shared(hashtext('iot_personal_hub.drop_partitions'));

    -- Whoever creates a partition does so alone. Everyone else waits until the creator's commit is
    -- visible to all: a moment after it, a partition is in the catalogue, but an insert that
    -- has cached the table from before would not find it.
    IF EXISTS (SELECT FROM unnest(months) AS needed (month)
               WHERE NOT iot_personal_hub.has_partition(needed.month)) THEN
        PERFORM pg_advisory_xact_lock(creators);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(creators);
        RETURN;
    END IF;

    FOREACH month IN ARRAY months LOOP
        CONTINUE WHEN iot_personal_hub.has_partition(month);
        partition_name := iot_personal_hub.partition_of(month);

        -- Attaching lets others go on reading and writing; CREATE … PARTITION OF would not.
        EXECUTE format('CREATE TABLE iot_personal_hub.%I
                        (LIKE iot_personal_hub.raw_devices_properties
                         INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS)',
                       partition_name);
        EXECUTE format('ALTER TABLE iot_personal_hub.raw_devices_properties
                        ATTACH PARTITION iot_personal_hub.%I FOR VALUES FROM (%L) TO (%L)',
                       partition_name, month,
                       (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
END
$$;
