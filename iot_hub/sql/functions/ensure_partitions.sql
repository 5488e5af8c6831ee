-- Makes the monthly partitions of the raw table that the given months need.
CREATE OR REPLACE FUNCTION iot_personal_hub.ensure_partitions(first_month timestamptz, last_month timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    month timestamptz;
    partition_name text;
BEGIN
    FOR month IN
        SELECT generate_series(date_trunc('month', first_month, 'UTC') AT TIME ZONE 'UTC',
                               date_trunc('month', last_month, 'UTC') AT TIME ZONE 'UTC',
                               interval '1 month') AT TIME ZONE 'UTC'
    LOOP
        partition_name := to_char(month AT TIME ZONE 'UTC', '"raw_devices_properties_"YYYY"_"MM');
        CONTINUE WHEN to_regclass('iot_personal_hub.' || partition_name) IS NOT NULL;

        -- Two sessions that meet the same new month make it one after the other.
        PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.ensure_partitions'));
        CONTINUE WHEN to_regclass('iot_personal_hub.' || partition_name) IS NOT NULL;

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
