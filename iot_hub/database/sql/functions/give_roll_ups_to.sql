-- Has the worker, airflow or pg_cron make the roll-ups from now on, as the owner's setting says.
CREATE OR REPLACE FUNCTION iot_personal_hub.give_roll_ups_to(the_maker text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE iot_personal_hub.hub_settings AS setting
    SET value = the_maker
    WHERE setting.name = 'roll_ups_by' AND setting.value <> the_maker;

    -- A new scheduler's silence counts from now on, not from when it last had them.
    IF FOUND AND the_maker <> 'worker' THEN
        INSERT INTO iot_personal_hub.roll_up_makers (maker, ran_at)
        VALUES (the_maker, now())
        ON CONFLICT (maker) DO UPDATE SET ran_at = excluded.ran_at;
    END IF;
END
$$;
