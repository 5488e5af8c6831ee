-- Publishes a device, withdraws it, and keeps what others see of the device itself. Withdrawing is done when the
-- change commits. Publishing takes its time for years of readings, so the worker does it, the newest hours first.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_device()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    was_published CONSTANT boolean := TG_OP <> 'INSERT' AND OLD.published;
    is_published CONSTANT boolean := TG_OP <> 'DELETE' AND NEW.published;
BEGIN
    IF was_published AND NOT is_published THEN
        -- No refresh that began before may publish a row and commit after us.
        PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), OLD.id);
        PERFORM iot_personal_hub.withdraw(OLD.id, '{(,)}');
        DELETE FROM iot_personal_hub.due_hours AS due WHERE due.device_id = OLD.id;
        DELETE FROM iot_personal_hub.published_devices AS published WHERE published.device_id = OLD.id;
    ELSIF is_published THEN
        INSERT INTO iot_personal_hub.published_devices AS published (device_id, name, type, status)
        VALUES (NEW.id, NEW.name, NEW.type, NEW.status)
        ON CONFLICT (device_id) DO UPDATE SET name = excluded.name, type = excluded.type, status = excluded.status
        WHERE published IS DISTINCT FROM excluded;
        IF NOT was_published THEN
            PERFORM iot_personal_hub.queue_hours(NEW.id, '{(,)}');
            -- Hours that were counted by an older version are refreshed first: nobody knows whether all of their events
            -- could be placed.
            INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
            SELECT DISTINCT agg.device_id, date_trunc('hour', agg.date_hour, 'UTC')
            FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
            WHERE agg.device_id = NEW.id
              AND agg.count_unplaced IS NULL
              AND NOT iot_personal_hub.is_dropped(agg.device_id, agg.date_hour);
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER dim_devices_publish
AFTER INSERT OR UPDATE OR DELETE ON iot_personal_hub.dim_devices
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.publish_device();
