-- Gives hours that were adopted without their events the metrics of what their rows say. How many readings an average is
-- of is not known: it weighs as many as the hour had events, and one at least. Nor is what came first and last. The first
-- beta wrote zeros where nothing was measured.
CREATE OR REPLACE FUNCTION iot_personal_hub.adopt_averages()
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO iot_personal_hub.agg_hourly_devices_metrics
        (device_id, date_hour, metric, count, min, avg, max, sum)
    SELECT
        adopted.device_id, adopted.date_hour, band.metric, weight.readings, band.min, band.avg, band.max,
        band.avg * weight.readings
    FROM iot_personal_hub.private_hours AS adopted
    LEFT JOIN iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
        ON counted.device_id = adopted.device_id AND counted.date_hour = adopted.date_hour
    LEFT JOIN iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS battery
        ON battery.device_id = adopted.device_id AND battery.date_hour = adopted.date_hour
    LEFT JOIN iot_personal_hub.agg_hourly_devices_smartphone_location_details AS located
        ON located.device_id = adopted.device_id AND located.date_hour = adopted.date_hour
    CROSS JOIN LATERAL (SELECT greatest(counted.count_events, 1)) AS weight (readings)
    CROSS JOIN LATERAL (VALUES
        ('battery.level', battery.level_min, battery.level_avg, battery.level_max),
        ('battery.temperature', battery.temperature_min, battery.temperature_avg, battery.temperature_max),
        ('battery.usage_current',
         battery.usage_current_mA_min, battery.usage_current_mA_avg, battery.usage_current_mA_max),
        ('location.altitude', located.altitude_min, located.altitude_avg, located.altitude_max)
    ) AS band (metric, min, avg, max)
    WHERE band.min IS NOT NULL AND band.avg IS NOT NULL AND band.max IS NOT NULL
      AND (band.min, band.max) <> (0, 0)
    ON CONFLICT DO NOTHING
$$;
