-- The last of some instants that a chain without a longer gap reaches from another one, in their order.
CREATE OR REPLACE FUNCTION iot_personal_hub.chained(instants timestamptz[], from_instant timestamptz, gap interval)
RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    reached timestamptz := from_instant;
    instant timestamptz;
BEGIN
    FOREACH instant IN ARRAY coalesce(instants, '{}') LOOP
        EXIT WHEN instant < reached - gap OR instant > reached + gap;
        reached := instant;
    END LOOP;
    RETURN reached;
END
$$;
