-- name: reset_reading_roles
-- A role may change its own settings, also those of one database. Each start sets them back.
DO $$
DECLARE
    changed record;
    reading text;
BEGIN
    FOR changed IN
        SELECT role.rolname, database.datname
        FROM pg_db_role_setting AS setting
        JOIN pg_roles AS role ON role.oid = setting.setrole
        LEFT JOIN pg_database AS database ON database.oid = setting.setdatabase
        WHERE role.rolname IN ('iot_hub_viewer', 'iot_hub_guest')
    LOOP
        IF changed.datname IS NULL THEN
            EXECUTE format('ALTER ROLE %I RESET ALL', changed.rolname);
        ELSE
            EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', changed.rolname, changed.datname);
        END IF;
    END LOOP;

    FOREACH reading IN ARRAY ARRAY['iot_hub_viewer', 'iot_hub_guest'] LOOP
        EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', reading);
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', reading, '30s');
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', reading, '60s');
        EXECUTE format('ALTER ROLE %I SET jit = off', reading);
    END LOOP;

    -- Temporary tables fill the disk, and their numbers tell how many objects others make.
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC, iot_hub_viewer, iot_hub_guest', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO CURRENT_USER', current_database());
END
$$;

-- name: changed_reading_roles
-- One row per reading role whose settings are not those that the hub gave it.
WITH configured AS (
    SELECT
        role.rolname AS role,
        setting.setdatabase AS database,
        (SELECT array_agg(one.text ORDER BY one.text) FROM unnest(setting.setconfig) AS one (text)) AS settings
    FROM pg_roles AS role
    LEFT JOIN pg_db_role_setting AS setting ON setting.setrole = role.oid
    WHERE role.rolname IN ('iot_hub_viewer', 'iot_hub_guest')
)
SELECT DISTINCT configured.role
FROM configured
WHERE configured.database IS DISTINCT FROM 0
   OR configured.settings IS DISTINCT FROM ARRAY[
       'default_transaction_read_only=on', 'idle_in_transaction_session_timeout=60s', 'jit=off', 'statement_timeout=30s']
ORDER BY configured.role;
