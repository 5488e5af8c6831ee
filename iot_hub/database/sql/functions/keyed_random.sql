-- A number from 0 to 1 that looks random without the hub's secret, and is always the same for the same words: fresh
-- noise for each query could be averaged out.
CREATE OR REPLACE FUNCTION iot_personal_hub.keyed_random(p_words text)
RETURNS double precision
LANGUAGE sql STABLE
AS $$
    SELECT ('x' || left(encode(sha256(convert_to(setting.value || p_words, 'UTF8')), 'hex'), 13))::bit(52)::bigint
        / (2.0 ^ 52)
    FROM iot_personal_hub.hub_settings AS setting
    WHERE setting.name = 'mask_secret'
$$;

DROP FUNCTION IF EXISTS iot_personal_hub.mask_noise(text);
