-- Whether a text can be stored as jsonb, for finding in one statement what would fail a whole batch.
CREATE OR REPLACE FUNCTION iot_personal_hub.is_jsonb(properties text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
BEGIN
    PERFORM properties::jsonb;
    RETURN true;
EXCEPTION
    WHEN data_exception OR program_limit_exceeded THEN
        RETURN false;
END
$$;
