-- A number that stands for an id and reveals nothing without the secret. Gaps between published ids would reveal how
-- much is not published.
CREATE OR REPLACE FUNCTION iot_personal_hub.opaque_id(secret text, id bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ('x' || left(encode(sha256(convert_to(secret || ' id ' || id, 'UTF8')), 'hex'), 13))::bit(52)::bigint
$$;
