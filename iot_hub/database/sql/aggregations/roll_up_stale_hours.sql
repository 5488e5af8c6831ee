-- For schedulers: records a heartbeat and refreshes all stale hours. Fails for any other than the configured
-- scheduler, so that no two do the same work. Each batch is a transaction of its own: a long backlog holds no
-- lock that drawing an area waits for, and no finished work is lost. Not to be called inside a transaction.
-- Its parameter had another name until 1.1, which CREATE OR REPLACE does not change.
DROP PROCEDURE IF EXISTS iot_personal_hub.roll_up_stale_hours(text);

CREATE OR REPLACE PROCEDURE iot_personal_hub.roll_up_stale_hours(p_scheduler text)
LANGUAGE plpgsql
AS $$
DECLARE
    batch CONSTANT integer := 300;
    configured CONSTANT text := (SELECT lease.given_to FROM iot_personal_hub.roll_ups_by() AS lease);
    refreshed integer := batch;
BEGIN
    IF p_scheduler IS DISTINCT FROM configured THEN
        RAISE EXCEPTION 'The scheduler of the roll-ups is %, not %.', configured, p_scheduler
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Set IOT_HUB_ROLL_UPS_BY and start the hub again, or end this schedule.';
    END IF;

    -- A short batch is the last: while events pour in, there is always one more stale hour.
    WHILE refreshed = batch LOOP
        INSERT INTO iot_personal_hub.roll_up_makers (maker, ran_at)
        VALUES (p_scheduler, now())
        ON CONFLICT (maker) DO UPDATE SET ran_at = excluded.ran_at;
        COMMIT;
        refreshed := iot_personal_hub.refresh_stale_hours(batch);
        COMMIT;
        PERFORM iot_personal_hub.publish_due_hours(batch);
        COMMIT;
    END LOOP;

    -- Until a change of the areas is worked off, others see nothing.
    WHILE iot_personal_hub.mask_next_fixes() LOOP
        COMMIT;
    END LOOP;

    -- Until none is left: fixes leave marks when their hours are refreshed or published, and that is done above.
    WHILE iot_personal_hub.refresh_stale_journeys() > 0 LOOP
        COMMIT;
    END LOOP;

    WHILE iot_personal_hub.refresh_stale_drives() > 0 LOOP
        COMMIT;
    END LOOP;

    WHILE iot_personal_hub.refresh_stale_map_cells() > 0 LOOP
        COMMIT;
    END LOOP;

    WHILE iot_personal_hub.refresh_stale_shown_journeys() > 0 LOOP
        COMMIT;
    END LOOP;

    WHILE iot_personal_hub.refresh_stale_shown_map_cells() > 0 LOOP
        COMMIT;
    END LOOP;
END
$$;
