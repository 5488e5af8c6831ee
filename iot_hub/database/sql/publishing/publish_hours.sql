-- Makes the published roll-ups of a device between two whole hours those of the hours that may be shown.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_hours(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_due_before timestamptz, p_withheld text[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    shown CONSTANT timestamptz[] := iot_personal_hub.shown_hours(p_device_id, p_since, p_until, p_due_before);
BEGIN
    PERFORM iot_personal_hub.publish_aggregates(p_device_id, p_since, p_until, shown, p_withheld);
    PERFORM iot_personal_hub.publish_metrics(p_device_id, p_since, p_until, shown, p_withheld);
END
$$;
