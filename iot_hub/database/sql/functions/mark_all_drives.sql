-- Another setting of drives: all of them are derived again, a month at a time.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_all_drives()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO iot_personal_hub.stale_drives (device_id, since, until)
    SELECT reading.device_id, min(reading.read_at), max(reading.read_at)
    FROM iot_personal_hub.car_readings AS reading
    GROUP BY reading.device_id, date_trunc('month', reading.read_at, 'UTC');
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER hub_settings_mark_all_drives
AFTER UPDATE ON iot_personal_hub.hub_settings
FOR EACH ROW WHEN (NEW.name IN ('drive_gap_minutes', 'drive_stop_minutes') AND NEW.value <> OLD.value)
EXECUTE FUNCTION iot_personal_hub.mark_all_drives();
