-- Whoever publishes a fix marks what it concerns; whoever withdraws one withdraws in the same transaction what is made of
-- it.
CREATE OR REPLACE FUNCTION iot_personal_hub.follow_shown_fixes()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM iot_personal_hub.withdraw_shown_journeys(
            changed.device_id, min(changed.location_time), max(changed.location_time))
        FROM changed_fixes AS changed
        GROUP BY changed.device_id;
    ELSE
        INSERT INTO iot_personal_hub.stale_shown_journeys (device_id, since, until)
        SELECT changed.device_id, min(changed.location_time), max(changed.location_time)
        FROM changed_fixes AS changed
        GROUP BY changed.device_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER shown_locations_added
AFTER INSERT ON iot_personal_hub.shown_locations
REFERENCING NEW TABLE AS changed_fixes
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.follow_shown_fixes();

CREATE OR REPLACE TRIGGER shown_locations_changed
AFTER UPDATE ON iot_personal_hub.shown_locations
REFERENCING NEW TABLE AS changed_fixes
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.follow_shown_fixes();

CREATE OR REPLACE TRIGGER shown_locations_withdrawn
AFTER DELETE ON iot_personal_hub.shown_locations
REFERENCING OLD TABLE AS changed_fixes
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.follow_shown_fixes();
