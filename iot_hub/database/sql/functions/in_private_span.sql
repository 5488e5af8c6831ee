-- Whether an instant is in one of a device's private spans.
CREATE OR REPLACE FUNCTION iot_personal_hub.in_private_span(the_device integer, at timestamptz)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT coalesce((
        SELECT span.ends >= at
        FROM iot_personal_hub.private_spans AS span
        WHERE span.device_id = the_device AND span.starts <= at
        ORDER BY span.starts DESC
        LIMIT 1), false)
$$;
