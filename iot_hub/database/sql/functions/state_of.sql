-- A JSON value as the value of a state, or NULL where it is none: a boolean, or a short text that is not empty.
-- One plain expression, so that the planner inlines it.
CREATE OR REPLACE FUNCTION iot_personal_hub.state_of(p_value jsonb, p_kind text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN jsonb_typeof(p_value) = 'boolean' AND p_kind = 'boolean' THEN p_value #>> '{}'
        WHEN jsonb_typeof(p_value) = 'string' AND p_kind <> 'boolean' AND length(p_value #>> '{}') BETWEEN 1 AND 64
        THEN p_value #>> '{}'
    END
$$;
