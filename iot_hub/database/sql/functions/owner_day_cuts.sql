-- day_cuts() of the owner's time zone.
CREATE OR REPLACE FUNCTION iot_personal_hub.owner_day_cuts(p_since timestamptz, p_until timestamptz)
RETURNS timestamptz[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN iot_personal_hub.day_cuts((
        SELECT setting.value FROM iot_personal_hub.hub_settings AS setting WHERE setting.name = 'time_zone'),
        p_since, p_until);
END
$$;
