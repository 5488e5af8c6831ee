-- What a scheduler calls: says who it is, and refreshes all hours that are stale. Refused to
-- who was not given the roll-ups, so that no two make them. Each batch is a transaction of its own:
-- a long backlog keeps no lock from those who draw an area, and no finished work is lost.
-- Not to be called inside a transaction.
CREATE OR REPLACE PROCEDURE iot_personal_hub.roll_up_stale_hours(the_maker text)
LANGUAGE plpgsql
AS $$
DECLARE
    batch CONSTANT integer := 300;
    given_to CONSTANT text := (SELECT now.given_to FROM iot_personal_hub.roll_ups_by() AS now);
    settled integer := batch;
BEGIN
    IF the_maker IS DISTINCT FROM given_to THEN
        RAISE EXCEPTION 'The roll-ups were given to %, not to %.', given_to, the_maker
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Set IOT_HUB_ROLL_UPS_BY and start the hub again, or end this schedule.';
    END IF;

    -- A short batch is the last: while events pour in, there is always one more stale hour.
    WHILE settled = batch LOOP
        INSERT INTO iot_personal_hub.roll_up_makers (maker, ran_at)
        VALUES (the_maker, now())
        ON CONFLICT (maker) DO UPDATE SET ran_at = excluded.ran_at;
        COMMIT;
        settled := iot_personal_hub.refresh_stale_hours(batch);
        COMMIT;
        PERFORM iot_personal_hub.publish_due_hours(batch);
        COMMIT;
    END LOOP;
END
$$;
