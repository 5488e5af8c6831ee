-- Whether an event says where it was in a way that nobody can read.
CREATE OR REPLACE FUNCTION iot_personal_hub.location_is_unreadable(properties jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT properties ? 'location'
       AND (iot_personal_hub.number_of(properties #> '{location,latitude}') BETWEEN -90 AND 90
            AND iot_personal_hub.number_of(properties #> '{location,longitude}') BETWEEN -180 AND 180) IS NOT TRUE
$$;
