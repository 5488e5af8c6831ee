-- The role that everything published connects as. views/ grants it the published views,
-- nothing else ever does.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'iot_hub_viewer') THEN
        CREATE ROLE iot_hub_viewer LOGIN NOINHERIT CONNECTION LIMIT 32;
    END IF;
END
$$;

ALTER ROLE iot_hub_viewer SET default_transaction_read_only = on;
ALTER ROLE iot_hub_viewer SET statement_timeout = '30s';
ALTER ROLE iot_hub_viewer SET jit = off;

GRANT USAGE ON SCHEMA iot_personal_hub TO iot_hub_viewer;
