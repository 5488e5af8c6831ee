-- Withdraws every published reading. The caller holds the refresh locks of all devices.
--
-- Emptied tables keep no page of what was in them. Where somebody reads one for more than a second, its rows are
-- deleted instead: nobody may keep the owner from hiding a place.
CREATE OR REPLACE FUNCTION iot_personal_hub.withdraw_everything()
RETURNS void
LANGUAGE plpgsql
SET lock_timeout = '1s'
AS $$
DECLARE
    published regclass;
BEGIN
    BEGIN
        EXECUTE format('TRUNCATE %s', (
            SELECT string_agg(tables.name::text, ', ')
            FROM iot_personal_hub.published_reading_tables() AS tables (name)));
    EXCEPTION WHEN lock_not_available THEN
        FOR published IN SELECT tables.name FROM iot_personal_hub.published_reading_tables() AS tables (name) LOOP
            EXECUTE format('DELETE FROM %s', published);
        END LOOP;
    END;
END
$$;
