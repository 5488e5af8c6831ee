-- Marks stale what a correction concerns that was made, undone or deleted.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_corrected()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    changed record := coalesce(NEW, OLD);
BEGIN
    IF changed.kind = 'wrong_fixes' THEN
        -- Their owner moves the borders of private spans, and no stranger with a token.
        PERFORM iot_personal_hub.expect_backlog(ARRAY[changed.device_id]);
        INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
        SELECT DISTINCT changed.device_id, date_trunc('hour', fix.location_time, 'UTC')
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = changed.device_id
          AND fix.location_time >= changed.since
          AND fix.location_time < changed.until;
    ELSE
        INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)
        VALUES (changed.device_id, changed.since, changed.until);
        -- From others at once.
        IF changed.kind = 'hide' THEN
            INSERT INTO iot_personal_hub.stale_drives (device_id, since, until)
            SELECT changed.device_id, changed.since, changed.until
            WHERE EXISTS (
                SELECT FROM iot_personal_hub.car_readings AS reading WHERE reading.device_id = changed.device_id);
            PERFORM iot_personal_hub.withdraw_shown_journeys(changed.device_id, changed.since, changed.until);
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER corrections_mark
AFTER INSERT OR UPDATE OR DELETE ON iot_personal_hub.corrections
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.mark_corrected();
