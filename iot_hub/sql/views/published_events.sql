-- Grain: one row per event of an hour that no private area touches.
-- Only the groups of properties that describe a measurement: a Wi-Fi's name is an address.
CREATE OR REPLACE VIEW iot_personal_hub.published_events WITH (security_barrier) AS
SELECT
    raw.id,
    raw.device_id,
    raw.device_time,
    raw.source,
    jsonb_strip_nulls(jsonb_build_object(
        'battery', raw.properties -> 'battery',
        'location', raw.properties -> 'location',
        'climate', raw.properties -> 'climate',
        'air', raw.properties -> 'air',
        'energy', raw.properties -> 'energy',
        'motion', raw.properties -> 'motion',
        'vehicle', raw.properties -> 'vehicle')) AS properties
FROM iot_personal_hub.raw_devices_properties AS raw
CROSS JOIN LATERAL (
    SELECT hourly.updated_at
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
    WHERE hourly.device_id = raw.device_id
      AND hourly.date_hour = date_trunc('hour', raw.device_time, 'UTC')
      AND NOT EXISTS (
          SELECT
          FROM iot_personal_hub.private_hours AS hidden
          WHERE hidden.device_id = raw.device_id
            AND hidden.date_hour = date_trunc('hour', raw.device_time, 'UTC'))
    -- Asks two keys for each event that is read. The planner would rather read all hours of
    -- all years into a hash, also for a page of 100 events.
    OFFSET 0
) AS hourly
WHERE raw.duplicate_of IS NULL
  -- Only a refresh judges whether an hour is private. An event is shown once one has seen it:
  -- its hour is not stale, or the event was long committed when the hour was refreshed.
  AND (raw.created_at_cest < hourly.updated_at - interval '1 minute'
       OR NOT EXISTS (
           SELECT
           FROM iot_personal_hub.stale_hours AS stale
           WHERE stale.device_id = raw.device_id
             AND stale.date_hour = date_trunc('hour', raw.device_time, 'UTC')));

COMMENT ON VIEW iot_personal_hub.published_events IS
    'One row per event of an hour that no private area touches, once a refresh has judged it.';
