-- The owner confirms what a device has reported: a pause ends, what was left out is queued, and the count of crossings
-- starts again.
CREATE OR REPLACE FUNCTION iot_personal_hub.confirm_publication()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM iot_personal_hub.zone_crossings AS noted WHERE noted.device_id = NEW.id;
    UPDATE iot_personal_hub.publication_watches AS watch
    SET paused_at = NULL
    WHERE watch.device_id = NEW.id AND watch.paused_at IS NOT NULL;
    IF FOUND THEN
        PERFORM iot_personal_hub.queue_hours(NEW.id, '{(,)}');
    END IF;
    RETURN NULL;
END
$$;

-- Publishing a device that is published already confirms it.
CREATE OR REPLACE TRIGGER dim_devices_confirm
AFTER UPDATE OF published ON iot_personal_hub.dim_devices
FOR EACH ROW WHEN (NEW.published) EXECUTE FUNCTION iot_personal_hub.confirm_publication();
