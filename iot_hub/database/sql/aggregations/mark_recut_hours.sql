-- Another time zone of the owner's: hours that it cuts, or that the former one cut, are refreshed. Those of dropped days
-- keep the rows that they have.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_recut_hours()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    device record;
    since timestamptz;
    until timestamptz;
BEGIN
    -- No refresh may cut by the former zone and commit after us.
    FOR device IN SELECT listed.id FROM iot_personal_hub.dim_devices AS listed ORDER BY listed.id LOOP
        PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), device.id);
    END LOOP;

    SELECT date_trunc('hour', min(label.date_hour), 'UTC'), max(label.date_hour) + interval '1 hour'
    INTO since, until
    FROM (
        SELECT counted.date_hour FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
        UNION ALL
        SELECT located.date_hour FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS located
    ) AS label;
    -- What counters counted and how long states lasted in a gap lies between these hours.
    IF since IS NULL THEN
        RETURN NULL;
    END IF;

    WITH former AS (
        SELECT cut.at FROM unnest(iot_personal_hub.day_cuts(OLD.value, since, until)) AS cut (at)
    ),
    present AS (
        SELECT cut.at FROM unnest(iot_personal_hub.day_cuts(NEW.value, since, until)) AS cut (at)
    ),
    hours AS (
        SELECT DISTINCT date_trunc('hour', coalesce(former.at, present.at), 'UTC') AS starts
        FROM former
        FULL JOIN present ON present.at = former.at
        WHERE former.at IS NULL OR present.at IS NULL
    )
    INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
    SELECT listed.id, hours.starts
    FROM iot_personal_hub.dim_devices AS listed
    CROSS JOIN hours
    WHERE NOT iot_personal_hub.is_dropped(listed.id, hours.starts)
      AND (EXISTS (
              SELECT
              FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
              WHERE counted.device_id = listed.id
                AND counted.date_hour >= hours.starts
                AND counted.date_hour < hours.starts + interval '1 hour')
           OR EXISTS (
              SELECT
              FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS located
              WHERE located.device_id = listed.id
                AND located.date_hour >= hours.starts
                AND located.date_hour < hours.starts + interval '1 hour')
           OR EXISTS (
              SELECT
              FROM iot_personal_hub.agg_hourly_devices_counters AS spread
              WHERE spread.device_id = listed.id
                AND spread.date_hour >= hours.starts
                AND spread.date_hour < hours.starts + interval '1 hour')
           OR EXISTS (
              SELECT
              FROM iot_personal_hub.agg_hourly_devices_states AS lasted
              WHERE lasted.device_id = listed.id
                AND lasted.date_hour >= hours.starts
                AND lasted.date_hour < hours.starts + interval '1 hour'));
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER hub_settings_mark_recut_hours
AFTER UPDATE ON iot_personal_hub.hub_settings
FOR EACH ROW WHEN (NEW.name = 'time_zone' AND NEW.value <> OLD.value)
EXECUTE FUNCTION iot_personal_hub.mark_recut_hours();
