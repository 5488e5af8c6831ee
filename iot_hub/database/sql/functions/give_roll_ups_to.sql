-- Configures who refreshes the roll-ups from now on: worker, airflow or pg_cron.
DROP FUNCTION IF EXISTS iot_personal_hub.give_roll_ups_to(text);
CREATE OR REPLACE FUNCTION iot_personal_hub.give_roll_ups_to(p_scheduler text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE iot_personal_hub.hub_settings AS setting
    SET value = p_scheduler
    WHERE setting.name = 'roll_ups_by' AND setting.value <> p_scheduler;

    -- A new scheduler's silence counts from now on, not from its last heartbeat.
    IF FOUND AND p_scheduler <> 'worker' THEN
        INSERT INTO iot_personal_hub.roll_up_makers (maker, ran_at)
        VALUES (p_scheduler, now())
        ON CONFLICT (maker) DO UPDATE SET ran_at = excluded.ran_at;
    END IF;
END
$$;
