-- A number that stands for a published row and reveals nothing without the hub's secret. It is made of the
-- row's own key: an id from a sequence would tell, by its gaps, how much is hidden.
CREATE OR REPLACE FUNCTION iot_personal_hub.published_id(secret text, row_key bytea)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ('x' || left(encode(sha256(convert_to(secret || ' row ', 'UTF8') || row_key), 'hex'), 13))::bit(52)::bigint
$$;
