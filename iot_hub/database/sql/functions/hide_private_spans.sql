-- Recomputes the private spans of a device, as far as a change of its events or fixes in a window can affect them, and
-- hides and shows its fixes accordingly. Returns the intervals that are hidden now and were not, and those that are
-- shown now and were not. The caller holds the device's refresh lock.
DROP FUNCTION IF EXISTS iot_personal_hub.hide_private_spans(integer, timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION iot_personal_hub.hide_private_spans(
    p_device_id integer, p_since timestamptz, p_until timestamptz,
    OUT hidden tstzmultirange, OUT shown tstzmultirange)
LANGUAGE plpgsql
AS $$
DECLARE
    -- A fix that is shown divides the spans: none reaches over it. One that far from the change
    -- stays shown: an hour around a stay is hidden, and short appearances beyond it. An outlier divides nothing: the
    -- device was not there.
    search_margin CONSTANT interval := '2 hours';
    window_start timestamptz := p_since;
    window_end timestamptz := p_until;
    shown_before timestamptz;
    shown_after timestamptz;
    starts timestamptz[];
    ends timestamptz[];
    hidden_before tstzmultirange;
    hidden_after tstzmultirange;
    changed_stretches tstzmultirange;
BEGIN
    hidden := '{}';
    shown := '{}';
    -- Most devices of a hub without areas: nothing to hide, and nothing that was hidden.
    IF NOT EXISTS (SELECT FROM iot_personal_hub.locations AS location
                   WHERE location.device_id = p_device_id AND location.private)
       AND NOT EXISTS (SELECT FROM iot_personal_hub.private_spans AS span
                       WHERE span.device_id = p_device_id) THEN
        UPDATE iot_personal_hub.locations AS location
        SET hidden = false
        WHERE location.device_id = p_device_id
          AND location.location_time BETWEEN window_start AND window_end
          AND location.hidden;
        RETURN;
    END IF;

    -- Whether a fix is the last one before a time without fixes depends on the next one, however far.
    SELECT coalesce(max(location.location_time), window_start)
    INTO window_start
    FROM iot_personal_hub.locations AS location
    WHERE location.device_id = p_device_id
      AND NOT location.private AND location.outlier IS NULL
      AND location.location_time < window_start;

    SELECT coalesce(min(location.location_time), window_end)
    INTO window_end
    FROM iot_personal_hub.locations AS location
    WHERE location.device_id = p_device_id
      AND NOT location.private AND location.outlier IS NULL
      AND location.location_time > window_end;

    LOOP
        SELECT coalesce(max(location.location_time), '-infinity')
        INTO shown_before
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = p_device_id
          AND NOT location.hidden
          AND location.outlier IS NULL
          AND location.location_time < window_start - search_margin;

        SELECT coalesce(min(location.location_time), 'infinity')
        INTO shown_after
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = p_device_id
          AND NOT location.hidden
          AND location.outlier IS NULL
          AND location.location_time > window_end + search_margin;

        SELECT coalesce(array_agg(span.starts ORDER BY span.starts), '{}'),
               coalesce(array_agg(span.ends ORDER BY span.starts), '{}')
        INTO starts, ends
        FROM iot_personal_hub.private_spans_between(p_device_id, shown_before, shown_after) AS span;

        -- An old fix in a zone that is reported again can reach over what was shown so far.
        EXIT WHEN (starts[1] > shown_before OR shown_before = '-infinity' OR cardinality(starts) = 0)
              AND (ends[cardinality(ends)] < shown_after OR shown_after = 'infinity' OR cardinality(ends) = 0);
        window_start := least(window_start, starts[1]);
        window_end := greatest(window_end, ends[cardinality(ends)]);
    END LOOP;

    SELECT coalesce(range_agg(tstzrange(span.starts, span.ends, '[]')), '{}')
    INTO hidden_before
    FROM iot_personal_hub.private_spans AS span
    WHERE span.device_id = p_device_id AND span.starts BETWEEN shown_before AND shown_after;

    SELECT coalesce(range_agg(tstzrange(span.starts, span.ends, '[]')), '{}')
    INTO hidden_after
    FROM ROWS FROM (unnest(starts), unnest(ends)) AS span (starts, ends);

    hidden := hidden_after - hidden_before;
    shown := hidden_before - hidden_after;
    changed_stretches := hidden + shown + tstzmultirange(tstzrange(window_start, window_end, '[]'));

    DELETE FROM iot_personal_hub.private_spans AS span
    WHERE span.device_id = p_device_id AND span.starts BETWEEN shown_before AND shown_after;

    INSERT INTO iot_personal_hub.private_spans (device_id, starts, ends)
    SELECT p_device_id, span.starts, span.ends
    FROM ROWS FROM (unnest(starts), unnest(ends)) AS span (starts, ends);

    -- Fixes in a zone are hidden from the start and stay it. The others can have changed where the fixes have, and
    -- where the spans have.
    UPDATE iot_personal_hub.locations AS location
    SET hidden = NOT location.hidden
    FROM unnest(changed_stretches) AS changed (stretch)
    WHERE location.device_id = p_device_id
      AND NOT location.private
      AND location.location_time >= coalesce(lower(changed.stretch), '-infinity')
      AND location.location_time <= coalesce(upper(changed.stretch), 'infinity')
      AND location.hidden <> (location.location_time <@ hidden_after);
END
$$;
