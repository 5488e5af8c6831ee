-- The groups of an event, in a fixed order: the top-level keys of its properties.
CREATE OR REPLACE FUNCTION iot_personal_hub.families_of(properties jsonb)
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ARRAY(SELECT jsonb_object_keys(CASE WHEN jsonb_typeof(properties) = 'object' THEN properties ELSE '{}' END))
$$;
