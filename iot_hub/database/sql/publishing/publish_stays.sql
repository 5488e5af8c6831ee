-- Keeps whether published views show stays: nothing but yes does.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_stays()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE iot_personal_hub.published_settings SET stays_shown = (NEW.value = 'yes');
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER hub_settings_publish_stays
AFTER INSERT OR UPDATE ON iot_personal_hub.hub_settings
FOR EACH ROW WHEN (NEW.name = 'stays_shown')
EXECUTE FUNCTION iot_personal_hub.publish_stays();
