-- The number at a path of an event's properties, or NULL: number_of() says of what.
CREATE OR REPLACE FUNCTION iot_personal_hub.number_at(properties jsonb, path text[])
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT iot_personal_hub.number_of(properties #> path)
$$;
