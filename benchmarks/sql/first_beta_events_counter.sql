-- The first beta's way: one hour, found by looking at every row's time.
INSERT INTO first_beta.agg_hourly_devices_smartphone_events_counter (device_id, date_hour, count_events)
SELECT raw.device_id, date_trunc('hour', to_timestamp(raw.device_timestamp)), count(*)
FROM first_beta.raw_devices_properties AS raw
WHERE to_timestamp(raw.device_timestamp) >= %(hour)s
  AND to_timestamp(raw.device_timestamp) < %(hour)s + interval '1 hour'
GROUP BY raw.device_id, date_trunc('hour', to_timestamp(raw.device_timestamp))
ON CONFLICT (device_id, date_hour) DO UPDATE SET count_events = excluded.count_events
