-- Shows published readings again, once every device's history is judged by the areas of now. Returns whether it did.
CREATE OR REPLACE FUNCTION iot_personal_hub.finish_masking()
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    -- A change of the areas holds this row until it commits; its jobs are seen by the next statement.
    PERFORM FROM iot_personal_hub.published_settings AS setting WHERE NOT setting.readings_shown FOR UPDATE;
    IF NOT FOUND OR EXISTS (
            SELECT FROM iot_personal_hub.masking_jobs AS job WHERE job.judged_until < 'infinity') THEN
        RETURN false;
    END IF;

    DELETE FROM iot_personal_hub.masking_jobs;
    DELETE FROM iot_personal_hub.changed_zones;
    -- Whether or not anything was withdrawn: that it was must not show.
    INSERT INTO iot_personal_hub.pending_packing (only_row) VALUES (true) ON CONFLICT DO NOTHING;
    UPDATE iot_personal_hub.published_settings SET readings_shown = true;
    RETURN true;
END
$$;
