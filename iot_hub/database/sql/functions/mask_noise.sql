-- A number from 0 to 1 that looks random to who does not know the hub's secret, and is always the
-- same for the same words: noise that averages out over many looks would be none.
CREATE OR REPLACE FUNCTION iot_personal_hub.mask_noise(about text)
RETURNS double precision
LANGUAGE sql STABLE
AS $$
    SELECT ('x' || left(encode(sha256(convert_to(setting.value || about, 'UTF8')), 'hex'), 13))::bit(52)::bigint / (2.0 ^ 52)
    FROM iot_personal_hub.hub_settings AS setting
    WHERE setting.name = 'mask_secret'
$$;
