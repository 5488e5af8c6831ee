-- The labels of a device between two whole hours whose totals may be published: those of UTC hours that are over and
-- due, of which nothing is hidden, and each of whose events could be placed. A total less what is shown is what is
-- hidden, and a running total reveals to the minute when it stops. An hour that the owner's midnight cuts is judged
-- whole: its parts are shown or withheld together.
--
-- Every aggregate is masked by this and by nothing else.
CREATE OR REPLACE FUNCTION iot_personal_hub.shown_hours(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_due_before timestamptz)
RETURNS timestamptz[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    masked CONSTANT tstzmultirange := iot_personal_hub.masked_intervals(p_device_id, p_since, p_until);
    shown timestamptz[];
BEGIN
    -- A fix counts in the hour in which it was taken, which may have no event.
    WITH labels AS (
        SELECT agg.date_hour
        FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
        WHERE agg.device_id = p_device_id AND agg.date_hour >= p_since AND agg.date_hour < p_until
        UNION
        SELECT agg.date_hour
        FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
        WHERE agg.device_id = p_device_id AND agg.date_hour >= p_since AND agg.date_hour < p_until
    ),
    hours AS (
        SELECT
            labels.date_hour,
            date_trunc('hour', labels.date_hour, 'UTC') AS starts,
            date_trunc('hour', labels.date_hour, 'UTC') + interval '1 hour' AS ends
        FROM labels
        OFFSET 0
    )
    SELECT coalesce(array_agg(hours.date_hour), '{}')
    INTO shown
    FROM hours
    WHERE hours.ends <= p_due_before
      AND NOT masked && tstzrange(hours.starts, hours.ends)
      AND NOT EXISTS (
          SELECT
          FROM iot_personal_hub.private_hours AS unplaced
          WHERE unplaced.device_id = p_device_id
            AND unplaced.date_hour >= hours.starts
            AND unplaced.date_hour < hours.ends)
      AND NOT EXISTS (
          SELECT
          FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
          WHERE counted.device_id = p_device_id
            AND counted.date_hour >= hours.starts
            AND counted.date_hour < hours.ends
            AND counted.count_unplaced IS DISTINCT FROM 0);
    RETURN shown;
END
$$;
