-- Makes the published roll-ups of a device between two whole hours those that may be shown. An hour publishes its
-- totals if it is over and due, nothing of it is hidden, and each of its events could be placed: a total less what is
-- shown is what is hidden, and a running total tells to the minute when it stops.
-- Rows that stay as they are are not touched.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_hours(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_due_before timestamptz, p_withheld text[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    withholds_charge CONSTANT boolean := 'charge' = ANY (p_withheld);
    masked CONSTANT tstzmultirange := iot_personal_hub.masked_intervals(p_device_id, p_since, p_until);
    shown timestamptz[];
BEGIN
    -- A fix counts in the hour in which it was taken, which may have no event.
    WITH known AS (
        SELECT agg.date_hour
        FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
        WHERE agg.device_id = p_device_id AND agg.date_hour >= p_since AND agg.date_hour < p_until
        UNION
        SELECT agg.date_hour
        FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
        WHERE agg.device_id = p_device_id AND agg.date_hour >= p_since AND agg.date_hour < p_until
    )
    SELECT coalesce(array_agg(known.date_hour), '{}')
    INTO shown
    FROM known
    WHERE known.date_hour + interval '1 hour' <= p_due_before
      AND NOT masked && tstzrange(known.date_hour, known.date_hour + interval '1 hour')
      AND NOT EXISTS (
          SELECT
          FROM iot_personal_hub.private_hours AS unplaced
          WHERE unplaced.device_id = p_device_id AND unplaced.date_hour = known.date_hour)
      AND NOT EXISTS (
          SELECT
          FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
          WHERE counted.device_id = p_device_id
            AND counted.date_hour = known.date_hour
            AND counted.count_unplaced IS DISTINCT FROM 0);

    WITH current_rows AS MATERIALIZED (
        SELECT
            agg.device_id,
            agg.date_hour,
            agg.count_events
        FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
        WHERE agg.device_id = p_device_id
          AND agg.date_hour = ANY (shown)
    ),
    withdrawn AS (
        DELETE FROM iot_personal_hub.published_hourly_events_counter AS published
        WHERE published.device_id = p_device_id
          AND published.date_hour >= p_since
          AND published.date_hour < p_until
          AND NOT EXISTS (
              SELECT FROM current_rows WHERE current_rows.date_hour = published.date_hour)
    )
    INSERT INTO iot_personal_hub.published_hourly_events_counter AS published (
        device_id, date_hour, count_events)
    SELECT current_rows.*
    FROM current_rows
    ORDER BY current_rows.date_hour
    ON CONFLICT (device_id, date_hour) DO UPDATE SET
        count_events = excluded.count_events
    WHERE published IS DISTINCT FROM excluded;

    WITH current_rows AS MATERIALIZED (
        SELECT
            agg.device_id,
            agg.date_hour,
            agg.temperature_min,
            agg.temperature_avg,
            agg.temperature_max,
            CASE WHEN NOT withholds_charge THEN agg.level_min END AS level_min,
            CASE WHEN NOT withholds_charge THEN agg.level_avg END AS level_avg,
            CASE WHEN NOT withholds_charge THEN agg.level_max END AS level_max,
            CASE WHEN NOT withholds_charge THEN agg.usage_current_mA_min END AS usage_current_mA_min,
            CASE WHEN NOT withholds_charge THEN agg.usage_current_mA_avg END AS usage_current_mA_avg,
            CASE WHEN NOT withholds_charge THEN agg.usage_current_mA_max END AS usage_current_mA_max
        FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS agg
        WHERE agg.device_id = p_device_id
          AND agg.date_hour = ANY (shown)
    ),
    withdrawn AS (
        DELETE FROM iot_personal_hub.published_hourly_battery_details AS published
        WHERE published.device_id = p_device_id
          AND published.date_hour >= p_since
          AND published.date_hour < p_until
          AND NOT EXISTS (
              SELECT FROM current_rows WHERE current_rows.date_hour = published.date_hour)
    )
    INSERT INTO iot_personal_hub.published_hourly_battery_details AS published (
        device_id, date_hour,
        temperature_min, temperature_avg, temperature_max,
        level_min, level_avg, level_max,
        usage_current_mA_min, usage_current_mA_avg, usage_current_mA_max)
    SELECT current_rows.*
    FROM current_rows
    ORDER BY current_rows.date_hour
    ON CONFLICT (device_id, date_hour) DO UPDATE SET
        temperature_min = excluded.temperature_min,
        temperature_avg = excluded.temperature_avg,
        temperature_max = excluded.temperature_max,
        level_min = excluded.level_min,
        level_avg = excluded.level_avg,
        level_max = excluded.level_max,
        usage_current_mA_min = excluded.usage_current_mA_min,
        usage_current_mA_avg = excluded.usage_current_mA_avg,
        usage_current_mA_max = excluded.usage_current_mA_max
    WHERE published IS DISTINCT FROM excluded;

    WITH current_rows AS MATERIALIZED (
        SELECT
            agg.device_id,
            agg.date_hour,
            agg.altitude_min,
            agg.altitude_avg,
            agg.altitude_max,
            agg.latitude_min,
            agg.latitude_avg,
            agg.latitude_max,
            agg.longitude_min,
            agg.longitude_avg,
            agg.longitude_max
        FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
        WHERE agg.device_id = p_device_id
          AND agg.date_hour = ANY (shown)
    ),
    withdrawn AS (
        DELETE FROM iot_personal_hub.published_hourly_location_details AS published
        WHERE published.device_id = p_device_id
          AND published.date_hour >= p_since
          AND published.date_hour < p_until
          AND NOT EXISTS (
              SELECT FROM current_rows WHERE current_rows.date_hour = published.date_hour)
    )
    INSERT INTO iot_personal_hub.published_hourly_location_details AS published (
        device_id, date_hour,
        altitude_min, altitude_avg, altitude_max,
        latitude_min, latitude_avg, latitude_max,
        longitude_min, longitude_avg, longitude_max)
    SELECT current_rows.*
    FROM current_rows
    ORDER BY current_rows.date_hour
    ON CONFLICT (device_id, date_hour) DO UPDATE SET
        altitude_min = excluded.altitude_min,
        altitude_avg = excluded.altitude_avg,
        altitude_max = excluded.altitude_max,
        latitude_min = excluded.latitude_min,
        latitude_avg = excluded.latitude_avg,
        latitude_max = excluded.latitude_max,
        longitude_min = excluded.longitude_min,
        longitude_avg = excluded.longitude_avg,
        longitude_max = excluded.longitude_max
    WHERE published IS DISTINCT FROM excluded;

    WITH current_rows AS MATERIALIZED (
        SELECT
            agg.device_id,
            agg.date_hour,
            agg.metric,
            agg.count,
            agg.min,
            agg.avg,
            agg.max,
            agg.sum,
            agg.first,
            agg.last,
            catalogue.unit
        FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
        JOIN iot_personal_hub.publishable_metrics(p_withheld) AS catalogue ON catalogue.metric = agg.metric
        WHERE agg.device_id = p_device_id
          AND agg.date_hour = ANY (shown)
    ),
    withdrawn AS (
        DELETE FROM iot_personal_hub.published_hourly_metrics AS published
        WHERE published.device_id = p_device_id
          AND published.date_hour >= p_since
          AND published.date_hour < p_until
          AND NOT EXISTS (
              SELECT
              FROM current_rows
              WHERE current_rows.metric = published.metric AND current_rows.date_hour = published.date_hour)
    )
    INSERT INTO iot_personal_hub.published_hourly_metrics AS published (
        device_id, date_hour, metric, count, min, avg, max, sum, first, last, unit)
    SELECT current_rows.*
    FROM current_rows
    ORDER BY current_rows.metric, current_rows.date_hour
    ON CONFLICT (device_id, metric, date_hour) DO UPDATE SET
        count = excluded.count,
        min = excluded.min,
        avg = excluded.avg,
        max = excluded.max,
        sum = excluded.sum,
        first = excluded.first,
        last = excluded.last,
        unit = excluded.unit
    WHERE published IS DISTINCT FROM excluded;
END
$$;
