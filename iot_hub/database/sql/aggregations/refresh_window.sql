-- Recomputes everything that is derived from a device's events between two whole hours, and publishes it.
-- Every statement names one device, so that a distributed database sends it to one node.
-- Days of which events were dropped are left as they are: their roll-ups were computed from all their events.
-- Its parameters had other names until 1.1, which CREATE OR REPLACE does not change.
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_window(integer, timestamptz, timestamptz);

CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_window(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql
-- Callers have connections of their own (Airflow, pg_cron, psql): compiling takes longer than an hour's
-- refresh.
SET jit = off
-- Plans are kept as long as the connection. One made while a table was nearly empty would read all of it,
-- and would go on to while it fills; every statement here looks up by key.
SET enable_seqscan = off
AS $$
DECLARE
    part record;
    changed record;
    marked record;
    changed_spans record;
BEGIN
    -- One refresh of a device at a time: the later one sees all that the earlier one saw, and
    -- which days were dropped meanwhile.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), p_device_id);

    FOR part IN
        SELECT kept.starts, kept.ends
        FROM iot_personal_hub.kept_windows(p_device_id, p_since, p_until) AS kept
    LOOP
        SELECT fixes.changed_since AS starts, fixes.changed_until AS ends
        INTO changed
        FROM iot_personal_hub.refresh_locations(p_device_id, part.starts, part.ends) AS fixes;

        SELECT marks.changed_since AS starts, marks.changed_until AS ends
        INTO marked
        FROM iot_personal_hub.mark_outliers(p_device_id, part.starts, part.ends) AS marks;

        -- The times of fixes and of their reports: hours too many, never one too few.
        INSERT INTO iot_personal_hub.stale_journeys (device_id, since, until)
        SELECT p_device_id, least(changed.starts, marked.starts), greatest(changed.ends, marked.ends)
        WHERE coalesce(changed.starts, marked.starts) IS NOT NULL;

        PERFORM iot_personal_hub.note_driving(
            p_device_id, part.starts, part.ends,
            least(changed.starts, marked.starts), greatest(changed.ends, marked.ends));

        PERFORM iot_personal_hub.refresh_metrics(p_device_id, part.starts, part.ends);
        -- Some show metrics under older names.
        PERFORM iot_personal_hub.refresh_aggregates(p_device_id, part.starts, part.ends);

        -- Last: it reads the counted hours.
        SELECT masking.hidden, masking.shown
        INTO changed_spans
        FROM iot_personal_hub.hide_private_spans(
            p_device_id,
            least(part.starts, changed.starts, marked.starts),
            greatest(part.ends, changed.ends, marked.ends)) AS masking;

        -- Before anything is published: beyond the limit nothing more is shown.
        PERFORM iot_personal_hub.note_crossings(p_device_id, changed_spans.hidden, changed_spans.shown);
        PERFORM iot_personal_hub.publish_remasked(p_device_id, changed_spans.hidden, changed_spans.shown);
        PERFORM iot_personal_hub.publish_window(p_device_id, part.starts, part.ends);
    END LOOP;
END
$$;
