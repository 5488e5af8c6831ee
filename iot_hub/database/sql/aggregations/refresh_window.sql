-- Recomputes everything that is derived from a device's events between two whole hours, and publishes it.
-- Every statement names one device, so that a distributed database sends it to one node.
-- Days of which events were dropped are left as they are: their roll-ups tell of all their events.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_window(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS void
LANGUAGE plpgsql
-- Callers come with connections of their own (Airflow, pg_cron, psql): compiling takes longer than
-- an hour's refresh.
SET jit = off
-- Plans are kept as long as the connection. One made while a table was nearly empty would read all of it,
-- and go on so while it fills; every statement here looks by key.
SET enable_seqscan = off
AS $$
DECLARE
    part record;
    changed record;
    marked record;
    spans record;
BEGIN
    -- One refresh of a device at a time: the later one sees all that the earlier one saw, and
    -- which days were dropped meanwhile.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), the_device);

    FOR part IN
        SELECT kept.starts, kept.ends
        FROM iot_personal_hub.kept_windows(the_device, window_start, window_end) AS kept
    LOOP
        SELECT fixes.changed_start AS starts, fixes.changed_end AS ends
        INTO changed
        FROM iot_personal_hub.refresh_locations(the_device, part.starts, part.ends) AS fixes;

        SELECT marks.changed_start AS starts, marks.changed_end AS ends
        INTO marked
        FROM iot_personal_hub.mark_outliers(the_device, part.starts, part.ends) AS marks;

        PERFORM iot_personal_hub.refresh_aggregates(the_device, part.starts, part.ends);
        PERFORM iot_personal_hub.refresh_metrics(the_device, part.starts, part.ends);

        -- Last: it asks the counted hours.
        SELECT judged.hidden, judged.shown
        INTO spans
        FROM iot_personal_hub.hide_private_spans(
            the_device,
            least(part.starts, changed.starts, marked.starts),
            greatest(part.ends, changed.ends, marked.ends)) AS judged;

        -- Before anything is published: what goes over the limit is not shown any more.
        PERFORM iot_personal_hub.note_crossings(the_device, spans.hidden, spans.shown);
        PERFORM iot_personal_hub.publish_remasked(the_device, spans.hidden, spans.shown);
        PERFORM iot_personal_hub.publish_window(the_device, part.starts, part.ends);
    END LOOP;
END
$$;
