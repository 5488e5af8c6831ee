-- Whether a fix may be inside a private area.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_private(
    latitude double precision, longitude double precision, uncertainty_m double precision)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM iot_personal_hub.areas_around(latitude, longitude, uncertainty_m));
END
$$;
