-- Keeps updated_at current on the tables that people edit.
CREATE OR REPLACE FUNCTION iot_personal_hub.touch_updated_at()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER dim_devices_touch_updated_at
BEFORE UPDATE ON iot_personal_hub.dim_devices
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.touch_updated_at();

CREATE OR REPLACE TRIGGER dim_blocked_areas_touch_updated_at
BEFORE UPDATE ON iot_personal_hub.dim_blocked_areas
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.touch_updated_at();
