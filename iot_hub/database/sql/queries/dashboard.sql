-- Names without a schema: the connection's search_path says which audience's views are read.

-- name: dashboard_devices
-- Every device, with what was last published of it.
SELECT
    device.device_id,
    device.name,
    device.type,
    seen.last_seen,
    seen.battery_level,
    seen.battery_time
FROM devices AS device
LEFT JOIN last_seen AS seen ON seen.device_id = device.device_id
ORDER BY lower(device.name), device.device_id;

-- name: dashboard_newest_positions
-- One row per device that has a position: when it was there last, the newest first.
SELECT device.device_id, newest.location_time
FROM devices AS device
CROSS JOIN LATERAL (
    SELECT location.location_time
    FROM locations AS location
    WHERE location.device_id = device.device_id
      AND location.location_time <= now()
    ORDER BY location.location_time DESC
    LIMIT 1
) AS newest
ORDER BY newest.location_time DESC, device.device_id;

-- name: dashboard_events
-- How many events a device sent in each step ('hour' or 'day') that has any.
WITH stepped AS (
    SELECT
        date_trunc(%(step)s::text, hourly.date_hour, %(zone)s::text) AS started,
        hourly.count_events
    FROM hourly_events_counter AS hourly
    WHERE hourly.device_id = %(device)s
      AND hourly.date_hour >= %(since)s
      AND hourly.date_hour < %(until)s
)
SELECT stepped.started, sum(stepped.count_events)::integer AS events
FROM stepped
GROUP BY stepped.started
ORDER BY stepped.started;

-- name: dashboard_metrics
-- Every metric that a device has in a span: its unit, its lowest and its highest value, and whether it is a total. Not
-- those whose charts are always there.
SELECT
    hourly.metric,
    hourly.unit,
    min(coalesce(hourly.min, hourly.sum, hourly.count)) AS low,
    max(coalesce(hourly.max, hourly.sum, hourly.count)) AS high,
    bool_and(hourly.min IS NULL) AS is_total
FROM hourly_values AS hourly
WHERE hourly.device_id = %(device)s
  AND hourly.date_hour >= %(since)s
  AND hourly.date_hour < %(until)s
  AND hourly.metric NOT IN (
      'events', 'battery.level', 'battery.temperature', 'battery.usage_current', 'location.altitude')
  -- Of a state that is on or off, the time that it was on says everything.
  AND hourly.metric !~ '[.](false|changes)$'
GROUP BY hourly.metric, hourly.unit
ORDER BY hourly.metric;

-- name: metrics_with_readings
-- The metrics of which a device has figures in a range, and their units.
SELECT DISTINCT hourly.metric, hourly.unit
FROM hourly_values AS hourly
WHERE hourly.device_id = %(device)s
  AND hourly.date_hour >= date_trunc('hour', %(since)s::timestamptz, 'UTC')
  AND hourly.date_hour < %(until)s::timestamptz
  AND hourly.metric <> 'events';

-- name: dashboard_metric
-- A device's metric in each step that has any. In a day's average each reading counts alike, or each hour where it is
-- not known how many readings it had; the hours of a day add up to its total.
WITH stepped AS (
    SELECT
        date_trunc(%(step)s::text, hourly.date_hour, %(zone)s::text) AS started,
        hourly.count,
        hourly.min,
        hourly.avg,
        hourly.max,
        hourly.sum
    FROM hourly_values AS hourly
    WHERE hourly.device_id = %(device)s
      AND hourly.metric = %(metric)s
      AND hourly.date_hour >= %(since)s
      AND hourly.date_hour < %(until)s
)
SELECT
    stepped.started,
    min(stepped.min) AS min,
    coalesce(sum(stepped.sum) / sum(stepped.count), avg(stepped.avg)) AS avg,
    max(stepped.max) AS max,
    sum(coalesce(stepped.sum, stepped.count)) AS total
FROM stepped
GROUP BY stepped.started
ORDER BY stepped.started;

-- name: dashboard_track
-- A device's positions that have happened, evenly thinned to as many as a map can take. A new run begins after a gap;
-- gaps are looked for before thinning, so that thinning makes none and hides none.
-- Counted apart, by the index alone.
WITH counted AS (
    SELECT
        count(*) AS total,
        greatest((count(*) + %(most)s::bigint - 1) / %(most)s::bigint, 1) AS every
    FROM locations AS location
    WHERE location.device_id = %(device)s
      AND location.location_time >= %(since)s
      AND location.location_time < %(until)s
      AND location.location_time <= now()
),
fixes AS (
    SELECT
        location.location_time,
        location.latitude,
        location.longitude,
        location.altitude_m,
        location.accuracy_m,
        location.speed_ms,
        location.location_time - lag(location.location_time) OVER by_time > %(gap)s::interval AS after_gap,
        row_number() OVER by_time AS number
    FROM locations AS location
    WHERE location.device_id = %(device)s
      AND location.location_time >= %(since)s
      AND location.location_time < %(until)s
      AND location.location_time <= now()
    WINDOW by_time AS (
        ORDER BY location.location_time, location.sequence, location.latitude, location.longitude)
),
kept AS (
    SELECT fixes.*
    FROM fixes
    -- Counted from the newest, which is always kept, as is the first of a run.
    WHERE mod((SELECT counted.total FROM counted) - fixes.number, (SELECT counted.every FROM counted)) = 0
       OR fixes.after_gap
),
-- The starts of runs are kept in addition. Where that exceeds the limit, they are thinned to half of it at most.
ranked AS (
    SELECT
        kept.*,
        count(*) FILTER (WHERE kept.after_gap) OVER (ORDER BY kept.number ROWS UNBOUNDED PRECEDING) AS run,
        count(*) OVER () AS positions,
        count(*) FILTER (WHERE kept.after_gap) OVER () AS starts,
        row_number() OVER (PARTITION BY kept.after_gap IS TRUE ORDER BY kept.number DESC) - 1 AS newer
    FROM kept
),
sized AS (
    SELECT
        ranked.*,
        greatest(ceil(2 * ranked.starts / %(most)s::numeric), 1) AS every_start
    FROM ranked
)
SELECT
    sized.location_time,
    sized.latitude,
    sized.longitude,
    sized.altitude_m,
    sized.accuracy_m,
    sized.speed_ms,
    sized.run,
    counted.total
FROM sized
CROSS JOIN counted
WHERE sized.positions <= %(most)s::bigint
   OR CASE
       WHEN sized.after_gap THEN mod(sized.newer, sized.every_start) = 0
       ELSE mod(
           sized.newer,
           ceil((sized.positions - sized.starts)
               / greatest(%(most)s::bigint - ceil(sized.starts / sized.every_start), 1))) = 0
   END
ORDER BY sized.number;
