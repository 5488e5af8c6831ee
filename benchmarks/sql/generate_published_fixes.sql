-- A phone's days, a fix every 30 seconds: at home until 7:30 and from 19:00, on the way, at work 19 km away. Fixes and the
-- counts of their hours, all of it published.
WITH steps AS (
    SELECT
        step.n,
        timestamptz '2024-01-01 00:00+00' + step.n * interval '30 seconds' AS at,
        mod(step.n, 2880)::double precision / 120 AS hour
    FROM generate_series(0, %(fixes)s - 1) AS step (n)
),
placed AS (
    SELECT
        steps.n,
        steps.at,
        CASE WHEN steps.hour < 7.5 OR steps.hour >= 19 THEN 0
             WHEN steps.hour < 8.25 THEN (steps.hour - 7.5) / 0.75
             WHEN steps.hour < 18.25 THEN 1
             ELSE (19 - steps.hour) / 0.75 END AS along
    FROM steps
),
fixes AS (
    INSERT INTO iot_personal_hub.locations (
        device_id, location_time, latitude, longitude, first_reported, last_reported, event_id, event_digest,
        uncertainty_m, private, hidden, properties, accuracy_m)
    SELECT
        1, placed.at, 52.5 + 0.12 * placed.along + 0.00008 * random(), 21.5 + 0.2 * placed.along + 0.0001 * random(),
        placed.at, placed.at, placed.n, '\x', 12, false, false, '{"fix_accuracy_m": 12, "fix_provider": "gps"}', 12
    FROM placed
    RETURNING location_time, latitude, longitude, event_id
),
counted AS (
    INSERT INTO iot_personal_hub.agg_hourly_devices_smartphone_events_counter (
        device_id, date_hour, count_events, first_event_at, last_event_at, count_unplaced)
    SELECT 1, date_trunc('hour', fixes.location_time, 'UTC'), count(*), min(fixes.location_time), max(fixes.location_time), 0
    FROM fixes
    GROUP BY 2
    RETURNING date_hour, count_events
),
shown_hours AS (
    INSERT INTO iot_personal_hub.shown_hourly_events_counter (device_id, date_hour, count_events)
    SELECT 1, counted.date_hour, counted.count_events
    FROM counted
),
shown_events AS (
    INSERT INTO iot_personal_hub.shown_events (id, device_time, device_id, source, properties)
    SELECT fixes.event_id, fixes.location_time, 1, 'hub', '{"location": {"fix_accuracy_m": 12}}'
    FROM fixes
)
INSERT INTO iot_personal_hub.shown_locations (
    event_id, device_id, location_time, latitude, longitude, accuracy_m, location)
SELECT
    fixes.event_id, 1, fixes.location_time, fixes.latitude, fixes.longitude, 12,
    st_setsrid(st_makepoint(fixes.longitude, fixes.latitude), 4326)
FROM fixes
