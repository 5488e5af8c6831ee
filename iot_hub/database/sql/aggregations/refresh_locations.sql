-- Derives the fixes that a device reported between two instants. A fix counts at its own time,
-- not at the time of the event that (again) reports it (fix_time()).
--
-- Merging is by earliest, latest, worst and "or" alone, so the order of arrival leaves no
-- trace. A fix taken outside the window makes its own hour stale. Returns from when to when fixes
-- have changed.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_locations(
    the_device integer, window_start timestamptz, window_end timestamptz,
    OUT changed_start timestamptz, OUT changed_end timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    hours_outside timestamptz[];
    -- Then hide_private_spans(), which follows, shows what is not hidden. To show a fix at once saves
    -- writing each twice.
    something_is_private boolean := EXISTS (
            SELECT FROM iot_personal_hub.locations AS location
            WHERE location.device_id = the_device AND location.private)
        OR EXISTS (
            SELECT FROM iot_personal_hub.private_spans AS span
            WHERE span.device_id = the_device);
BEGIN
    -- Each step ends in OFFSET 0, so that the planner computes what it names once, and not again
    -- for every mention of it.
    WITH given AS (
        SELECT
            raw.id,
            raw.device_time,
            raw.digest,
            raw.properties -> 'location' AS location,
            raw.properties #> '{location,latitude}' AS latitude,
            raw.properties #> '{location,longitude}' AS longitude,
            raw.properties #> '{location,fix_timestamp}' AS fix_timestamp,
            raw.properties #> '{location,fix_accuracy_m}' AS accuracy_m,
            raw.properties #> '{location,altitude_m}' AS altitude_m,
            raw.properties #> '{location,fix_speed_ms}' AS speed_ms,
            raw.properties #> '{location,bearing}' AS bearing
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = the_device
          AND raw.device_time >= window_start
          AND raw.device_time < window_end
          AND raw.duplicate_of IS NULL
          AND raw.properties ? 'location'
        OFFSET 0
    ),
    positioned AS (
        SELECT
            given.id, given.device_time, given.digest, given.location,
            iot_personal_hub.number_of(given.latitude) AS latitude,
            iot_personal_hub.number_of(given.longitude) AS longitude,
            iot_personal_hub.number_of(given.fix_timestamp) AS fix_timestamp,
            iot_personal_hub.number_of(given.accuracy_m) AS accuracy_m,
            iot_personal_hub.number_of(given.altitude_m) AS altitude_m,
            iot_personal_hub.number_of(given.speed_ms) AS speed_ms,
            iot_personal_hub.number_of(given.bearing) AS bearing
        FROM given
        OFFSET 0
    ),
    timed AS (
        SELECT positioned.*, iot_personal_hub.instant(positioned.fix_timestamp) AS fix_time
        FROM positioned
        WHERE positioned.latitude BETWEEN -90 AND 90
          AND positioned.longitude BETWEEN -180 AND 180
          -- Exactly (0, 0) is what a receiver without a fix says.
          AND NOT (positioned.latitude = 0 AND positioned.longitude = 0)
        OFFSET 0
    ),
    reported AS (
        SELECT
            timed.id,
            timed.device_time,
            timed.digest,
            timed.latitude::double precision AS latitude,
            timed.longitude::double precision AS longitude,
            timed.location,
            iot_personal_hub.fix_time(timed.fix_time, timed.device_time) AS location_time,
            CASE WHEN timed.accuracy_m > 0 THEN least(timed.accuracy_m, 1e6) ELSE 100 END::double precision
                AS uncertainty_m,
            timed.altitude_m::double precision AS altitude_m,
            timed.accuracy_m::double precision AS accuracy_m,
            timed.speed_ms::double precision AS speed_ms,
            timed.bearing::double precision AS bearing
        FROM timed
        OFFSET 0
    ),
    -- One sort for all: the first report of a fix leads its group.
    fixes AS (
        SELECT DISTINCT ON (reported.location_time, reported.latitude, reported.longitude)
            reported.location_time,
            reported.latitude,
            reported.longitude,
            reported.device_time AS first_reported,
            max(reported.device_time) OVER of_fix AS last_reported,
            reported.id AS event_id,
            reported.digest AS event_digest,
            max(reported.uncertainty_m) OVER of_fix AS uncertainty_m,
            reported.location AS properties,
            reported.altitude_m,
            reported.accuracy_m,
            reported.speed_ms,
            reported.bearing
        FROM reported
        WINDOW of_fix AS (PARTITION BY reported.location_time, reported.latitude, reported.longitude)
        ORDER BY reported.location_time, reported.latitude, reported.longitude, reported.device_time, reported.digest
    ),
    judged AS (
        SELECT
            fixes.*,
            EXISTS (SELECT FROM iot_personal_hub.areas_containing(fixes.latitude, fixes.longitude, fixes.uncertainty_m))
                AS private
        FROM fixes
        OFFSET 0
    ),
    merged AS (
        INSERT INTO iot_personal_hub.locations AS known (
            device_id, location_time, latitude, longitude, first_reported, last_reported,
            event_id, event_digest, uncertainty_m, private, hidden, properties,
            altitude_m, accuracy_m, speed_ms, bearing)
        SELECT
            the_device, judged.location_time, judged.latitude, judged.longitude, judged.first_reported,
            judged.last_reported, judged.event_id, judged.event_digest, judged.uncertainty_m,
            judged.private, judged.private OR something_is_private, judged.properties,
            judged.altitude_m, judged.accuracy_m, judged.speed_ms, judged.bearing
        FROM judged
        ON CONFLICT (device_id, location_time, latitude, longitude) DO UPDATE SET
            first_reported = least(known.first_reported, excluded.first_reported),
            last_reported = greatest(known.last_reported, excluded.last_reported),
            uncertainty_m = greatest(known.uncertainty_m, excluded.uncertainty_m),
            private = known.private OR excluded.private,
            hidden = known.hidden OR excluded.private,
            -- What the first report says.
            (event_id, event_digest, properties, altitude_m, accuracy_m, speed_ms, bearing) = (
                SELECT report.event_id, report.digest, report.properties,
                       report.altitude_m, report.accuracy_m, report.speed_ms, report.bearing
                FROM (VALUES
                    (known.first_reported, known.event_digest, known.event_id, known.properties,
                     known.altitude_m, known.accuracy_m, known.speed_ms, known.bearing),
                    (excluded.first_reported, excluded.event_digest, excluded.event_id, excluded.properties,
                     excluded.altitude_m, excluded.accuracy_m, excluded.speed_ms, excluded.bearing)
                ) AS report (reported, digest, event_id, properties, altitude_m, accuracy_m, speed_ms, bearing)
                ORDER BY report.reported, report.digest
                LIMIT 1)
        WHERE (excluded.first_reported, excluded.event_digest) < (known.first_reported, known.event_digest)
           OR excluded.last_reported > known.last_reported
           OR excluded.uncertainty_m > known.uncertainty_m
           OR excluded.private > known.private
        RETURNING known.location_time, known.first_reported, known.last_reported
    )
    SELECT
        array_agg(DISTINCT date_trunc('hour', merged.location_time, 'UTC')) FILTER (
            WHERE merged.location_time < window_start OR merged.location_time >= window_end),
        min(least(merged.location_time, merged.first_reported)),
        max(greatest(merged.location_time, merged.last_reported))
    INTO hours_outside, changed_start, changed_end
    FROM merged;

    INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
    SELECT the_device, hour FROM unnest(hours_outside) AS hour;
END
$$;
