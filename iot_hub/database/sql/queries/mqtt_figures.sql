-- Names without a schema: read as the viewer, who sees what is published and nothing else.

-- name: newest_figures
-- One row per device and number of the last day: its newest hour, and the owner's day so far, weighed by readings.
WITH today AS (
    SELECT date_trunc('day', now(), %(zone)s::text) AS begins
),
newest AS (
    SELECT DISTINCT ON (hourly.device_id, hourly.metric)
        hourly.device_id, hourly.metric, hourly.unit, hourly.date_hour, hourly.count, hourly.min, hourly.avg, hourly.max
    FROM hourly_metrics AS hourly
    WHERE hourly.date_hour > now() - interval '1 day'
      AND hourly.date_hour <= now()
    ORDER BY hourly.device_id, hourly.metric, hourly.date_hour DESC
),
daily AS (
    SELECT
        hourly.device_id,
        hourly.metric,
        sum(hourly.count) AS count,
        min(hourly.min) AS min,
        sum(hourly.sum) / nullif(sum(hourly.count), 0) AS avg,
        max(hourly.max) AS max
    FROM hourly_metrics AS hourly
    CROSS JOIN today
    WHERE hourly.date_hour >= today.begins
      AND hourly.date_hour <= now()
    GROUP BY hourly.device_id, hourly.metric
)
SELECT
    newest.device_id,
    newest.metric,
    newest.unit,
    newest.date_hour AS hour_begins,
    newest.count AS hour_count,
    newest.min AS hour_min,
    newest.avg AS hour_avg,
    newest.max AS hour_max,
    CASE WHEN daily.count IS NOT NULL THEN today.begins END AS day_begins,
    daily.count AS day_count,
    daily.min AS day_min,
    daily.avg AS day_avg,
    daily.max AS day_max
FROM newest
CROSS JOIN today
LEFT JOIN daily ON daily.device_id = newest.device_id AND daily.metric = newest.metric
ORDER BY newest.device_id, newest.metric;

-- name: newest_locations
-- One row per device that shows a position: the newest that has happened.
SELECT device.device_id, newest.location_time, newest.latitude, newest.longitude, newest.accuracy_m
FROM devices AS device
CROSS JOIN LATERAL (
    SELECT location.location_time, location.latitude, location.longitude, location.accuracy_m
    FROM locations AS location
    WHERE location.device_id = device.device_id
      AND location.location_time <= now()
    ORDER BY location.location_time DESC, location.sequence DESC, location.latitude DESC, location.longitude DESC
    LIMIT 1
) AS newest
ORDER BY device.device_id;
