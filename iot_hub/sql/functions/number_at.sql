-- The number at a path of an event's properties, or NULL: for a missing key, JSON null, a
-- text that is no number ("nan", "unknown"), and a number that no measurement has and that
-- would overflow a double precision. Never an error, so that one odd value stops no roll-up.
-- Numeric, not double precision: 28.7 stays 28.7, and a sum is the same in any order.
-- One plain expression, so that the planner inlines it: a call would cost ten times as much.
CREATE OR REPLACE FUNCTION iot_personal_hub.number_at(properties jsonb, path text[])
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE jsonb_typeof(properties #> path)
        WHEN 'number' THEN CASE
            WHEN (properties #> path)::numeric BETWEEN -1e30 AND 1e30
             AND scale((properties #> path)::numeric) <= 60
            THEN (properties #> path)::numeric END
        WHEN 'string' THEN CASE
            WHEN (properties #>> path) ~ '^\s*[-+]?[0-9]{1,30}([.][0-9]{0,30})?([eE][-+]?[0-9]{1,2})?\s*$'
            THEN CASE
                WHEN (properties #>> path)::numeric BETWEEN -1e30 AND 1e30
                THEN (properties #>> path)::numeric END END
    END
$$;
