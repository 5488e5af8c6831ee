-- Keeps the time zone that published views use.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_time_zone()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO iot_personal_hub.published_settings AS published (time_zone)
    VALUES (NEW.value)
    ON CONFLICT (only_row) DO UPDATE SET time_zone = excluded.time_zone
    WHERE published.time_zone <> excluded.time_zone;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER hub_settings_publish_time_zone
AFTER INSERT OR UPDATE ON iot_personal_hub.hub_settings
FOR EACH ROW WHEN (NEW.name = 'time_zone')
EXECUTE FUNCTION iot_personal_hub.publish_time_zone();
