-- A JSON value as a number, or NULL: for nothing, JSON null, a text that is no number ("nan",
-- "unknown"), and a number that no measurement has and that would overflow a double precision.
-- Never an error, so that one odd value stops no roll-up.
-- Numeric, not double precision: 28.7 stays 28.7, and a sum is the same in any order.
-- One plain expression, so that the planner inlines it: a call would cost ten times as much.
CREATE OR REPLACE FUNCTION iot_personal_hub.number_of(given jsonb)
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE jsonb_typeof(given)
        WHEN 'number' THEN CASE
            WHEN abs(given::numeric) <= 1e30 AND scale(given::numeric) <= 60
            THEN given::numeric END
        WHEN 'string' THEN CASE
            WHEN (given #>> '{}') ~ '^[ \t\n\r\f\v]*[-+]?[0-9]{1,30}([.][0-9]{0,30})?([eE][-+]?[0-9]{1,2})?[ \t\n\r\f\v]*$'
            THEN CASE
                WHEN abs((given #>> '{}')::numeric) <= 1e30
                THEN (given #>> '{}')::numeric END END
    END
$$;
