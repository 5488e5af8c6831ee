-- What is left of a window without a device's private spans.
CREATE OR REPLACE FUNCTION iot_personal_hub.shown_stretches(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS tstzmultirange
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF p_since >= p_until THEN
        RETURN '{}';
    END IF;
    RETURN tstzmultirange(tstzrange(p_since, p_until)) - coalesce((
        SELECT range_agg(tstzrange(span.starts, span.ends, '[]'))
        FROM iot_personal_hub.private_spans AS span
        WHERE span.device_id = p_device_id
          AND span.starts < p_until
          -- Spans never overlap, so only the last that starts before the window can reach into it.
          AND span.starts >= coalesce((
              SELECT max(earlier.starts)
              FROM iot_personal_hub.private_spans AS earlier
              WHERE earlier.device_id = p_device_id AND earlier.starts <= p_since), '-infinity')
    ), '{}');
END
$$;
