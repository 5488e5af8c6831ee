-- By how much a stay is masked beyond one of its ends ('entry' or 'exit'): 2 to 8 minutes, the same at every refresh,
-- also after a late fix has moved that end by a little.
CREATE OR REPLACE FUNCTION iot_personal_hub.stay_padding(p_device_id integer, p_at timestamptz, p_end text)
RETURNS interval
LANGUAGE sql STABLE
AS $$
    SELECT interval '2 minutes' + interval '6 minutes' * iot_personal_hub.keyed_random(
        format(' %s %s %s', p_end, p_device_id, extract(epoch FROM date_trunc('hour', p_at, 'UTC'))::bigint))
$$;

DROP FUNCTION IF EXISTS iot_personal_hub.visit_blur(integer, timestamptz, text);
