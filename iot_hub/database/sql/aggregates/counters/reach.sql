-- A counter's reading ends one difference and begins another, and may show that its neighbours are a glitch. No row where
-- there is no counter: most devices have none.
WITH counted AS (
    SELECT property.name AS metric
    FROM iot_personal_hub.dim_properties AS property
    WHERE property.counter
      AND property.rolled_up
      AND EXISTS (
          SELECT
          FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
          WHERE agg.device_id = p_device_id
            AND agg.metric = property.name
            AND agg.date_hour >= p_since
            AND agg.date_hour < p_until)
)
SELECT
    (SELECT date_trunc('hour', min(near.date_hour), 'UTC')
     FROM counted
     CROSS JOIN LATERAL iot_personal_hub.counter_hours(p_device_id, counted.metric, p_since, p_until) AS near) AS since,
    (SELECT date_trunc('hour', max(near.date_hour), 'UTC') + interval '1 hour'
     FROM counted
     CROSS JOIN LATERAL iot_personal_hub.counter_hours(p_device_id, counted.metric, p_since, p_until) AS near) AS until
WHERE EXISTS (SELECT FROM counted)
   OR EXISTS (
       SELECT
       FROM iot_personal_hub.agg_hourly_devices_counters AS known
       WHERE known.device_id = p_device_id
         AND known.date_hour >= p_since
         AND known.date_hour < p_until)
