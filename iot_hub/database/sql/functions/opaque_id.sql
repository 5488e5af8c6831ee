-- A number that stands for an id and tells nothing of it to who does not know the secret. The ids of
-- what is published would tell, by their gaps, how much is not.
CREATE OR REPLACE FUNCTION iot_personal_hub.opaque_id(secret text, id bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ('x' || left(encode(sha256(convert_to(secret || ' id ' || id, 'UTF8')), 'hex'), 13))::bit(52)::bigint
$$;
