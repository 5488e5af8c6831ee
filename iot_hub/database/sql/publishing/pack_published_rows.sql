-- Clusters the published tables after a change of the areas: how full a table's pages are would reveal how much was
-- withdrawn. Returns whether it did. Where somebody reads a table for more than a second, or a table is so large that
-- its readers would wait for long, it is left for another time.
CREATE OR REPLACE FUNCTION iot_personal_hub.pack_published_rows()
RETURNS boolean
LANGUAGE plpgsql
SET lock_timeout = '1s'
AS $$
DECLARE
    largest_bytes CONSTANT bigint := 500000000;
    published regclass;
BEGIN
    DELETE FROM iot_personal_hub.pending_packing;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    FOR published IN SELECT tables.name FROM iot_personal_hub.published_reading_tables() AS tables (name)
    LOOP
        CONTINUE WHEN pg_table_size(published) > largest_bytes;
        EXECUTE format('CLUSTER %s USING %I', published, (
            SELECT relation.relname || '_pkey' FROM pg_class AS relation WHERE relation.oid = published));
    END LOOP;
    RETURN true;
END
$$;
