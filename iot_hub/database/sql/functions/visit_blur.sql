-- How much longer a visit is made to look at one of its ends ('entry' or 'exit'): 2 to 8 minutes,
-- the same for every look at it, also after a late fix moved it by a little.
CREATE OR REPLACE FUNCTION iot_personal_hub.visit_blur(the_device integer, at timestamptz, which_end text)
RETURNS interval
LANGUAGE sql STABLE
AS $$
    SELECT interval '2 minutes' + interval '6 minutes' * iot_personal_hub.mask_noise(
        format(' %s %s %s', which_end, the_device, extract(epoch FROM date_trunc('hour', at, 'UTC'))::bigint))
$$;
