-- A setting of drives, in minutes: drive_gap_minutes or drive_stop_minutes.
CREATE OR REPLACE FUNCTION iot_personal_hub.drive_setting(p_name text)
RETURNS interval
LANGUAGE sql STABLE
AS $$
    SELECT setting.value::double precision * interval '1 minute'
    FROM iot_personal_hub.hub_settings AS setting
    WHERE setting.name = p_name
$$;
