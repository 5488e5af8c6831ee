-- An hour in the middle of which the owner's day begins becomes two rows of its roll-ups. Known hours are UTC hours:
-- those that have a midnight of the owner's between two quarters of an hour are refreshed.
WITH hours AS (
    SELECT counted.device_id, counted.date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
    UNION
    SELECT located.device_id, located.date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS located
),
cut AS (
    SELECT known.date_hour
    FROM (SELECT DISTINCT hours.date_hour FROM hours) AS known
    CROSS JOIN iot_personal_hub.hub_settings AS setting
    CROSS JOIN LATERAL (VALUES
        (interval '15 minutes'), (interval '30 minutes'), (interval '45 minutes'), (interval '1 hour' - interval '1 microsecond')
    ) AS probe (later)
    WHERE setting.name = 'time_zone'
    GROUP BY known.date_hour
    HAVING bool_or(
        ((known.date_hour + probe.later) AT TIME ZONE setting.value)::date
        <> (known.date_hour AT TIME ZONE setting.value)::date)
)
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
SELECT hours.device_id, hours.date_hour
FROM hours
JOIN cut ON cut.date_hour = hours.date_hour
-- What retention has dropped has no events to count again.
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.dropped_days AS dropped
    WHERE dropped.device_id = hours.device_id
      AND dropped.date = (hours.date_hour AT TIME ZONE 'UTC')::date);
