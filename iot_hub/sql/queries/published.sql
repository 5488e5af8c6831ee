-- name: published_devices
-- Every device, with what its newest published events tell.
SELECT
    device.device_id AS id,
    device.name,
    device.type,
    device.status,
    seen.last_seen,
    seen.battery_level AS battery_percent
FROM iot_personal_hub.published_devices AS device
LEFT JOIN iot_personal_hub.published_last_seen AS seen ON seen.device_id = device.device_id
ORDER BY device.device_id;

-- name: published_device
-- One row if there is such a device.
SELECT device.device_id, device.name
FROM iot_personal_hub.published_devices AS device
WHERE device.device_id = %(device_id)s;

-- name: newest_published_event
-- From the newest published hour back to the first that has an event to show.
WITH hours AS (
    SELECT hourly.date_hour AS starts, hourly.date_hour + interval '1 hour' AS ends
    FROM iot_personal_hub.published_hours AS hourly
    WHERE hourly.device_id = %(device_id)s
    ORDER BY hourly.date_hour DESC
    OFFSET 0
)
SELECT newest.device_time, newest.source, newest.properties
FROM hours
CROSS JOIN LATERAL (
    SELECT event.device_time, event.source, event.properties::text AS properties
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = %(device_id)s
      AND event.device_time >= hours.starts
      AND event.device_time < hours.ends
    ORDER BY event.device_time DESC, event.id
    LIMIT 1
) AS newest
ORDER BY hours.starts DESC
LIMIT 1;

-- name: newest_published_location
-- The newest fix outside all private areas. None is sought before the newest published hour: an
-- order does not pass a view's security barrier, so all that is read is sorted.
WITH newest_hour AS (
    SELECT coalesce(max(hourly.date_hour), '-infinity') AS starts
    FROM iot_personal_hub.published_hourly_location_details AS hourly
    WHERE hourly.device_id = %(device_id)s
)
SELECT
    newest.location_time, newest.latitude, newest.longitude,
    newest.altitude_m, newest.accuracy_m, newest.speed_ms, newest.bearing
FROM newest_hour
CROSS JOIN LATERAL (
    SELECT location.*
    FROM iot_personal_hub.published_locations AS location
    WHERE location.device_id = %(device_id)s AND location.location_time >= newest_hour.starts
    ORDER BY location.location_time DESC
    LIMIT 1
) AS newest;

-- name: published_events_page
-- Events newest first, those of one instant by their opaque ids. It walks the published hours
-- back and reads the events of each by key, so that a month at home costs no more than an hour,
-- and it stops when the page is full.
-- OFFSET 0 and the inner LIMIT keep the planner from joining all hours with all events; hours.ends
-- is computed in a step before because an addition may not pass a view's security barrier.
WITH hours AS (
    SELECT hourly.date_hour AS starts, hourly.date_hour + interval '1 hour' AS ends
    FROM iot_personal_hub.published_hours AS hourly
    WHERE hourly.device_id = %(device_id)s
      AND hourly.date_hour >= date_trunc('hour', %(since)s::timestamptz, 'UTC')
      AND hourly.date_hour < %(before)s::timestamptz
    ORDER BY hourly.date_hour DESC
    OFFSET 0
)
SELECT page.id, page.device_time, page.source, page.properties
FROM hours
CROSS JOIN LATERAL (
    SELECT event.id, event.device_time, event.source, event.properties::text AS properties
    FROM iot_personal_hub.published_events AS event
    WHERE event.device_id = %(device_id)s
      AND event.device_time >= hours.starts
      AND event.device_time < hours.ends
      AND event.device_time >= %(since)s::timestamptz
      AND event.device_time < %(before)s::timestamptz
      AND (event.device_time < %(before)s::timestamptz - interval '1 microsecond' OR event.id > %(last_id)s::bigint)
    ORDER BY event.device_time DESC, event.id
    LIMIT %(limit)s::bigint
) AS page
ORDER BY hours.starts DESC, page.device_time DESC, page.id
LIMIT %(limit)s::bigint;

-- name: published_track
-- Fixes outside all private areas, oldest first.
SELECT location.location_time, location.longitude, location.latitude, location.altitude_m
FROM iot_personal_hub.published_locations AS location
WHERE location.device_id = %(device_id)s
  AND location.location_time >= %(since)s::timestamptz
  AND location.location_time < %(before)s::timestamptz
ORDER BY location.location_time, location.latitude, location.longitude
LIMIT %(limit)s::bigint;

-- name: published_hourly_events
-- How many events each hour has.
SELECT hourly.date_hour AS hour, hourly.count_events AS count
FROM iot_personal_hub.published_hourly_events_counter AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: published_hourly_battery_level
-- An hour without a level is a gap: it has no row.
SELECT hourly.date_hour AS hour, hourly.level_min AS min, hourly.level_avg AS avg, hourly.level_max AS max
FROM iot_personal_hub.published_hourly_battery_details AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.level_avg IS NOT NULL
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: published_hourly_battery_temperature
-- An hour without a temperature is a gap: it has no row.
SELECT
    hourly.date_hour AS hour,
    hourly.temperature_min AS min, hourly.temperature_avg AS avg, hourly.temperature_max AS max
FROM iot_personal_hub.published_hourly_battery_details AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.temperature_avg IS NOT NULL
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: published_hourly_battery_usage_current
-- An hour without a current is a gap: it has no row.
SELECT
    hourly.date_hour AS hour,
    hourly.usage_current_mA_min AS min, hourly.usage_current_mA_avg AS avg, hourly.usage_current_mA_max AS max
FROM iot_personal_hub.published_hourly_battery_details AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.usage_current_mA_avg IS NOT NULL
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: published_hourly_location_altitude
-- An hour without an altitude is a gap: it has no row.
SELECT hourly.date_hour AS hour, hourly.altitude_min AS min, hourly.altitude_avg AS avg, hourly.altitude_max AS max
FROM iot_personal_hub.published_hourly_location_details AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
  AND hourly.altitude_avg IS NOT NULL
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: published_hourly_metric
-- Any number of dim_metrics.
SELECT
    hourly.date_hour AS hour,
    hourly.count, hourly.min, hourly.avg, hourly.max, hourly.sum, hourly.first, hourly.last
FROM iot_personal_hub.published_hourly_metrics AS hourly
WHERE hourly.device_id = %(device_id)s
  AND hourly.metric = %(metric)s::text
  AND hourly.date_hour >= %(since)s::timestamptz
  AND hourly.date_hour < %(before)s::timestamptz
ORDER BY hourly.date_hour
LIMIT %(limit)s::bigint;

-- name: published_metrics_of_device
-- The metrics that a device has published, found by leaping from name to name along the key.
WITH RECURSIVE published AS (
    (SELECT hourly.metric, hourly.unit
     FROM iot_personal_hub.published_hourly_metrics AS hourly
     WHERE hourly.device_id = %(device_id)s
     ORDER BY hourly.metric
     LIMIT 1)
    UNION ALL
    SELECT following.metric, following.unit
    FROM published
    CROSS JOIN LATERAL (
        SELECT hourly.metric, hourly.unit
        FROM iot_personal_hub.published_hourly_metrics AS hourly
        WHERE hourly.device_id = %(device_id)s AND hourly.metric > published.metric
        ORDER BY hourly.metric
        LIMIT 1
    ) AS following
)
SELECT published.metric, published.unit
FROM published
ORDER BY published.metric;
