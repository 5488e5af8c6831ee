-- Names without a schema: the transaction's search_path says whose views are read, the owner's or the public's.

-- name: read_as_audience
-- The viewer's limit of time is for visitors: an export may take as long as it takes.
SELECT
    set_config('search_path', %(schema)s, true),
    set_config('statement_timeout', '0', true);

-- name: exported_events
-- The events of a device between two instants, oldest first, those of one instant in the order in which they came.
SELECT event.device_time, event.source, event.properties::text AS properties
FROM events AS event
WHERE event.device_id = %(device_id)s
  AND event.device_time >= %(since)s
  AND event.device_time < %(until)s
ORDER BY event.device_time, event.sequence;

-- name: exported_measured_events
-- The same, and beside each event the numbers that some formats show.
SELECT
    event.device_time,
    event.source,
    event.properties::text AS properties,
    iot_personal_hub.number_at(event.properties, '{location,latitude}')::double precision AS latitude,
    iot_personal_hub.number_at(event.properties, '{location,longitude}')::double precision AS longitude,
    iot_personal_hub.number_at(event.properties, '{location,fix_timestamp}')::double precision AS fix_timestamp,
    iot_personal_hub.number_at(event.properties, '{location,altitude_m}')::double precision AS altitude_m,
    iot_personal_hub.number_at(event.properties, '{location,fix_accuracy_m}')::double precision AS accuracy_m,
    iot_personal_hub.number_at(event.properties, '{location,fix_speed_ms}')::double precision AS speed_ms,
    iot_personal_hub.number_at(event.properties, '{location,bearing}')::double precision AS bearing_deg,
    iot_personal_hub.number_at(event.properties, '{location,satellites}')::double precision AS satellites,
    iot_personal_hub.number_at(event.properties, '{location,hdop}')::double precision AS hdop,
    iot_personal_hub.number_at(event.properties, '{battery,remaining_percent}')::double precision AS battery_percent,
    iot_personal_hub.number_at(event.properties, '{climate,pressure_hPa}')::double precision AS pressure_hpa
FROM events AS event
WHERE event.device_id = %(device_id)s
  AND event.device_time >= %(since)s
  AND event.device_time < %(until)s
ORDER BY event.device_time, event.sequence;

-- name: exported_fixes
-- The distinct fixes of a device between two instants, each at its own time, without outliers; those of one instant in the
-- order in which they came.
SELECT
    location.location_time AS device_time,
    location.latitude,
    location.longitude,
    location.altitude_m,
    location.accuracy_m,
    location.speed_ms,
    location.bearing AS bearing_deg
FROM locations AS location
WHERE location.device_id = %(device_id)s
  AND location.location_time >= %(since)s
  AND location.location_time < %(until)s
ORDER BY location.location_time, location.sequence, location.latitude, location.longitude;

-- name: span_of_events
-- When the first and the last event of a device were; of no event, NULL.
SELECT min(event.device_time) AS first, max(event.device_time) AS last
FROM events AS event
WHERE event.device_id = %(device_id)s
  AND event.device_time >= %(since)s::timestamptz
  AND event.device_time < %(until)s::timestamptz;

-- name: span_of_fixes
-- When the first and the last fix of a device were; of no fix, NULL.
SELECT min(location.location_time) AS first, max(location.location_time) AS last
FROM locations AS location
WHERE location.device_id = %(device_id)s
  AND location.location_time >= %(since)s::timestamptz
  AND location.location_time < %(until)s::timestamptz;

-- name: count_dropped_days
-- How many days (UTC) of a device between two instants have events that are in the archive only.
SELECT count(*) AS days
FROM iot_personal_hub.dropped_days AS dropped
WHERE dropped.device_id = %(device_id)s
  AND dropped.date >= (%(since)s::timestamptz AT TIME ZONE 'UTC')::date
  AND dropped.date < (%(until)s::timestamptz AT TIME ZONE 'UTC');
