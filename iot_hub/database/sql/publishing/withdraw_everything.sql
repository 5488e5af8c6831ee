-- Withdraws every published reading at once, as the first area demands, and returns whether it did: emptied tables keep
-- no page of what was in them. Where a device is being refreshed, or somebody reads a table for longer than a moment,
-- mask_next_fixes() withdraws step by step instead: nobody may keep the owner from hiding a place.
-- It returned nothing until 1.2, which CREATE OR REPLACE does not change.
DROP FUNCTION IF EXISTS iot_personal_hub.withdraw_everything();
CREATE OR REPLACE FUNCTION iot_personal_hub.withdraw_everything()
RETURNS boolean
LANGUAGE plpgsql
SET lock_timeout = '100ms'
AS $$
BEGIN
    -- No refresh may publish by the rules of before and commit after us.
    IF EXISTS (
        SELECT
        FROM iot_personal_hub.dim_devices AS device
        WHERE NOT pg_try_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), device.id)) THEN
        -- Gives back those it has.
        RAISE lock_not_available;
    END IF;
    EXECUTE format('TRUNCATE %s', (
        SELECT string_agg(tables.name::text, ', ')
        FROM iot_personal_hub.published_reading_tables() AS tables (name)));
    UPDATE iot_personal_hub.masking_jobs SET withdraws = false;
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$$;
