-- When a device is masked, as far as it concerns a window: its private spans that overlap the window, each whole.
-- The one predicate of masking: nothing measured in these intervals is published, and no hour that overlaps one.
CREATE OR REPLACE FUNCTION iot_personal_hub.masked_intervals(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS tstzmultirange
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN coalesce((
        SELECT range_agg(tstzrange(span.starts, span.ends, '[]'))
        FROM iot_personal_hub.private_spans AS span
        WHERE span.device_id = p_device_id
          AND span.starts < p_until
          -- Spans never overlap, so only the last that starts before the window can reach into it.
          AND span.starts >= coalesce((
              SELECT max(earlier.starts)
              FROM iot_personal_hub.private_spans AS earlier
              WHERE earlier.device_id = p_device_id AND earlier.starts <= p_since), '-infinity')), '{}');
END
$$;

DROP FUNCTION IF EXISTS
    iot_personal_hub.in_private_span(integer, timestamptz),
    iot_personal_hub.shown_stretches(integer, timestamptz, timestamptz);
