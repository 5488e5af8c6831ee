-- Marks stale what a correction of drives concerns that was made, undone or deleted. Names and purposes are looked up.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_corrected_drives()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    changed record := coalesce(NEW, OLD);
BEGIN
    IF changed.kind IN ('merge', 'split') THEN
        INSERT INTO iot_personal_hub.stale_drives (device_id, since, until)
        VALUES (changed.device_id, changed.since, changed.until);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER drive_corrections_mark
AFTER INSERT OR UPDATE OR DELETE ON iot_personal_hub.drive_corrections
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.mark_corrected_drives();
