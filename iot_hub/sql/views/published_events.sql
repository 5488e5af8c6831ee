-- Grain: one row per event that may be shown: none of a private span.
-- Only the groups of properties that describe a measurement: a Wi-Fi's name is an address.
CREATE OR REPLACE VIEW iot_personal_hub.published_events WITH (security_barrier) AS
SELECT
    -- The id itself would tell how many events were hidden in between.
    iot_personal_hub.opaque_id(secret.value, raw.id) AS id,
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
    -- Asks a key for each event that is read. The planner would rather read all hours of
    -- all years into a hash, also for a page of 100 events.
    OFFSET 0
) AS hourly
LEFT JOIN LATERAL (
    SELECT span.ends
    FROM iot_personal_hub.private_spans AS span
    WHERE span.device_id = raw.device_id AND span.starts <= raw.device_time
    ORDER BY span.starts DESC
    LIMIT 1
) AS last_span ON true
LEFT JOIN iot_personal_hub.hub_settings AS secret ON secret.name = 'mask_secret'
WHERE raw.duplicate_of IS NULL
  AND (last_span.ends < raw.device_time) IS NOT FALSE
  AND (raw.device_time < now() - interval '15 minutes'
       OR NOT EXISTS (
           SELECT
           FROM iot_personal_hub.private_spans AS any_span
           WHERE any_span.device_id = raw.device_id))
  -- Only a refresh judges what is private. An event is shown once one has seen it:
  -- its hour is not stale, or the event was long committed when the hour was refreshed.
  AND (raw.created_at_cest < hourly.updated_at - interval '1 minute'
       OR NOT EXISTS (
           SELECT
           FROM iot_personal_hub.stale_hours AS stale
           WHERE stale.device_id = raw.device_id
             AND stale.date_hour = date_trunc('hour', raw.device_time, 'UTC')));

COMMENT ON VIEW iot_personal_hub.published_events IS
    'One row per event that may be shown: of no private span, once a refresh has judged it.';
