-- Battery level, temperature and current, and altitude become numbers of the catalogue like any other, with how many
-- readings an average is of. The tables that had them are made of the metrics from now on.

-- What the readings of an hour without events were, and which came first and last, is not known.
ALTER TABLE iot_personal_hub.agg_hourly_devices_metrics
    ALTER COLUMN first DROP NOT NULL,
    ALTER COLUMN last DROP NOT NULL;
ALTER TABLE iot_personal_hub.published_hourly_metrics
    ALTER COLUMN first DROP NOT NULL,
    ALTER COLUMN last DROP NOT NULL;

CREATE TEMPORARY TABLE renamed ON COMMIT DROP AS
SELECT renamed.metric, renamed.path, property.name AS former
FROM (VALUES
    ('battery.level', '{battery,remaining_percent}'::text[]),
    ('battery.temperature', '{battery,temperature_C}'),
    ('battery.usage_current', '{battery,usage_current_mA}'),
    ('location.altitude', '{location,altitude_m}')
) AS renamed (metric, path)
LEFT JOIN iot_personal_hub.dim_properties AS property ON property.path = renamed.path;

-- A number of the owner's that had one of these names was never shown: they were taken.
CREATE TEMPORARY TABLE taken ON COMMIT DROP AS
SELECT property.name AS former, array_to_string(property.path, '.') AS name
FROM iot_personal_hub.dim_properties AS property
JOIN renamed ON renamed.metric = property.name AND renamed.path <> property.path;

UPDATE iot_personal_hub.agg_hourly_devices_metrics AS agg
SET metric = taken.name
FROM taken
WHERE agg.metric = taken.former;

UPDATE iot_personal_hub.published_hourly_metrics AS published
SET metric = taken.name
FROM taken
WHERE published.metric = taken.former;

UPDATE iot_personal_hub.dim_properties AS property
SET name = taken.name
FROM taken
WHERE property.name = taken.former;

-- Who rolled one up already keeps its figures.
UPDATE iot_personal_hub.agg_hourly_devices_metrics AS agg
SET metric = renamed.metric
FROM renamed
WHERE agg.metric = renamed.former AND renamed.former <> renamed.metric;

UPDATE iot_personal_hub.published_hourly_metrics AS published
SET metric = renamed.metric
FROM renamed
WHERE published.metric = renamed.former AND renamed.former <> renamed.metric;

UPDATE iot_personal_hub.dim_properties AS property
SET name = renamed.metric
FROM renamed
WHERE property.path = renamed.path AND property.name <> renamed.metric;

-- The past has averages without counts: each weighs as many readings as its hour had events, and one at least. Hours of
-- which the events are still there are refreshed once the catalogue says that these numbers are rolled up.
INSERT INTO iot_personal_hub.agg_hourly_devices_metrics
    (device_id, date_hour, metric, count, min, avg, max, sum)
SELECT
    band.device_id, band.date_hour, band.metric, weight.readings, band.min, band.avg, band.max,
    band.avg * weight.readings
FROM (
    SELECT battery.device_id, battery.date_hour, measure.*
    FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS battery
    CROSS JOIN LATERAL (VALUES
        ('battery.level', battery.level_min, battery.level_avg, battery.level_max),
        ('battery.temperature', battery.temperature_min, battery.temperature_avg, battery.temperature_max),
        ('battery.usage_current',
         battery.usage_current_mA_min, battery.usage_current_mA_avg, battery.usage_current_mA_max)
    ) AS measure (metric, min, avg, max)
    UNION ALL
    SELECT
        located.device_id, located.date_hour, 'location.altitude',
        located.altitude_min, located.altitude_avg, located.altitude_max
    FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS located
) AS band
LEFT JOIN iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
    ON counted.device_id = band.device_id AND counted.date_hour = band.date_hour
CROSS JOIN LATERAL (SELECT greatest(counted.count_events, 1)) AS weight (readings)
WHERE band.min IS NOT NULL AND band.avg IS NOT NULL AND band.max IS NOT NULL
  -- The first beta wrote zeros where nothing was measured.
  AND NOT (band.min = 0 AND band.max = 0 AND EXISTS (
      SELECT
      FROM iot_personal_hub.private_hours AS adopted
      WHERE adopted.device_id = band.device_id AND adopted.date_hour = band.date_hour))
ON CONFLICT DO NOTHING;

INSERT INTO iot_personal_hub.published_hourly_metrics
    (device_id, date_hour, metric, count, min, avg, max, sum, unit)
SELECT
    band.device_id, band.date_hour, band.metric, weight.readings, band.min, band.avg, band.max,
    band.avg * weight.readings, band.unit
FROM (
    SELECT battery.device_id, battery.date_hour, measure.*
    FROM iot_personal_hub.published_hourly_battery_details AS battery
    CROSS JOIN LATERAL (VALUES
        ('battery.level', '%', battery.level_min, battery.level_avg, battery.level_max),
        ('battery.temperature', '°C', battery.temperature_min, battery.temperature_avg, battery.temperature_max),
        ('battery.usage_current', 'mA',
         battery.usage_current_mA_min, battery.usage_current_mA_avg, battery.usage_current_mA_max)
    ) AS measure (metric, unit, min, avg, max)
    UNION ALL
    SELECT
        located.device_id, located.date_hour, 'location.altitude', 'm',
        located.altitude_min, located.altitude_avg, located.altitude_max
    FROM iot_personal_hub.published_hourly_location_details AS located
) AS band
LEFT JOIN iot_personal_hub.published_hourly_events_counter AS counted
    ON counted.device_id = band.device_id AND counted.date_hour = band.date_hour
CROSS JOIN LATERAL (SELECT greatest(counted.count_events, 1)) AS weight (readings)
WHERE band.min IS NOT NULL AND band.avg IS NOT NULL AND band.max IS NOT NULL
  AND EXISTS (
      SELECT
      FROM iot_personal_hub.dim_properties AS property
      WHERE property.name = band.metric AND property.published)
ON CONFLICT DO NOTHING;
