-- Replaces agg_hourly_devices_smartphone_events_counter of a device between two whole hours.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_events_counter(
    the_device integer, window_start timestamptz, window_end timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
        (device_id, date_hour, count_events, count_unplaced, first_event_at, last_event_at)
    WITH hourly AS (
        SELECT
            raw.device_id,
            date_trunc('hour', raw.device_time, 'UTC') AS date_hour,
            count(*)::integer AS count_events,
            count(*) FILTER (WHERE iot_personal_hub.location_is_unreadable(raw.properties))::integer AS count_unplaced,
            min(raw.device_time) AS first_event_at,
            max(raw.device_time) AS last_event_at
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = the_device
          AND raw.device_time >= window_start
          AND raw.device_time < window_end
          AND raw.duplicate_of IS NULL
        GROUP BY raw.device_id, date_trunc('hour', raw.device_time, 'UTC')
    )
    SELECT
        hourly.device_id, hourly.date_hour, hourly.count_events, hourly.count_unplaced,
        hourly.first_event_at, hourly.last_event_at
    FROM hourly
    ON CONFLICT (device_id, date_hour) DO UPDATE SET
        count_events = excluded.count_events,
        count_unplaced = excluded.count_unplaced,
        first_event_at = excluded.first_event_at,
        last_event_at = excluded.last_event_at,
        updated_at = now();
END
$$;
