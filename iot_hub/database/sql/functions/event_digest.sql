-- What tells two events of one device and one moment apart: the first half of the SHA-256 of
-- the properties in jsonb's canonical text (keys ordered, white space gone). Immutable,
-- since a hub's database is UTF-8 for life.
CREATE OR REPLACE FUNCTION iot_personal_hub.event_digest(properties jsonb)
RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT substring(sha256(convert_to(properties::text, 'UTF8')) FROM 1 FOR 16)
$$;
