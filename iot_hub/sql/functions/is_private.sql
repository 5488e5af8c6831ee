-- Whether a fix may be inside a private area: the one definition that everything published
-- rests on. The border belongs to the area, and the area is grown by the fix's uncertainty.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_private(
    latitude double precision, longitude double precision, uncertainty_m double precision)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM iot_personal_hub.dim_blocked_areas AS area
        WHERE st_dwithin(area.polygon::geography,
                         st_setsrid(st_makepoint(longitude, latitude), 4326)::geography,
                         uncertainty_m)
    );
END
$$;
REVOKE ALL ON FUNCTION iot_personal_hub.is_private FROM PUBLIC;
