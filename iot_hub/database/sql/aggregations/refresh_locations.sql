-- Derives the fixes that a device reported between two instants. A fix counts at its own time,
-- not at the time of the event that reports it, perhaps again (fix_time()).
--
-- Merging is by earliest, latest, worst and "or" alone, so the order of arrival leaves no
-- trace but event_id: fixes of one instant are in the order in which they came. A fix taken outside the window makes
-- its own hour stale. Returns between which instants fixes have changed.
-- Its parameters had other names until 1.1, which CREATE OR REPLACE does not change.
DROP FUNCTION IF EXISTS iot_personal_hub.refresh_locations(integer, timestamptz, timestamptz);

CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_locations(
    p_device_id integer, p_since timestamptz, p_until timestamptz,
    OUT changed_since timestamptz, OUT changed_until timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    hours_outside timestamptz[];
    -- Then hide_private_spans(), which follows, shows what is not hidden. To show a fix at once saves
    -- writing each twice.
    something_is_private boolean := EXISTS (
            SELECT FROM iot_personal_hub.locations AS location
            WHERE location.device_id = p_device_id AND location.private)
        OR EXISTS (
            SELECT FROM iot_personal_hub.private_spans AS span
            WHERE span.device_id = p_device_id);
BEGIN
    -- Each step ends in OFFSET 0, so that the planner computes an expression once, and not for every mention
    -- of its name.
    WITH extracted AS (
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
            raw.properties #> '{location,bearing}' AS bearing,
            raw.properties #> '{motion,activity}' AS activity
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_since
          AND raw.device_time < p_until
          AND raw.duplicate_of IS NULL
          AND raw.properties ? 'location'
        OFFSET 0
    ),
    positioned AS (
        SELECT
            extracted.id, extracted.device_time, extracted.digest, extracted.location,
            iot_personal_hub.number_of(extracted.latitude) AS latitude,
            iot_personal_hub.number_of(extracted.longitude) AS longitude,
            iot_personal_hub.number_of(extracted.fix_timestamp) AS fix_timestamp,
            iot_personal_hub.number_of(extracted.accuracy_m) AS accuracy_m,
            iot_personal_hub.number_of(extracted.altitude_m) AS altitude_m,
            iot_personal_hub.number_of(extracted.speed_ms) AS speed_ms,
            iot_personal_hub.number_of(extracted.bearing) AS bearing,
            CASE WHEN extracted.activity IS NOT NULL THEN iot_personal_hub.hinted_mode(extracted.activity) END AS hinted_mode
        FROM extracted
        OFFSET 0
    ),
    timed AS (
        SELECT
            positioned.*,
            iot_personal_hub.canonical_longitude(positioned.longitude) AS wrapped_longitude,
            iot_personal_hub.instant(positioned.fix_timestamp) AS fix_time
        FROM positioned
        WHERE positioned.latitude BETWEEN -90 AND 90
          AND positioned.longitude BETWEEN -360 AND 360
          -- A receiver without a fix reports exactly (0, 0).
          AND NOT (positioned.latitude = 0 AND positioned.longitude IN (0, -360, 360))
        OFFSET 0
    ),
    reported AS (
        SELECT
            timed.id,
            timed.device_time,
            timed.digest,
            timed.latitude::double precision AS latitude,
            timed.wrapped_longitude AS longitude,
            timed.location,
            iot_personal_hub.fix_time(timed.fix_time, timed.device_time) AS location_time,
            CASE WHEN timed.accuracy_m > 0 THEN least(timed.accuracy_m, 1e6) ELSE 100 END::double precision
                AS uncertainty_m,
            timed.altitude_m::double precision AS altitude_m,
            timed.accuracy_m::double precision AS accuracy_m,
            timed.speed_ms::double precision AS speed_ms,
            timed.bearing::double precision AS bearing,
            timed.hinted_mode
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
            min(reported.id) OVER of_fix AS event_id,
            reported.digest AS event_digest,
            max(reported.uncertainty_m) OVER of_fix AS uncertainty_m,
            reported.location AS properties,
            reported.altitude_m,
            reported.accuracy_m,
            reported.speed_ms,
            reported.bearing,
            reported.hinted_mode
        FROM reported
        WINDOW of_fix AS (PARTITION BY reported.location_time, reported.latitude, reported.longitude)
        ORDER BY reported.location_time, reported.latitude, reported.longitude, reported.device_time, reported.digest
    ),
    checked AS (
        SELECT
            fixes.*,
            EXISTS (SELECT FROM iot_personal_hub.areas_containing(fixes.latitude, fixes.longitude, fixes.uncertainty_m))
                AS private
        FROM fixes
        OFFSET 0
    ),
    merged AS (
        INSERT INTO iot_personal_hub.locations AS location (
            device_id, location_time, latitude, longitude, first_reported, last_reported,
            event_id, event_digest, uncertainty_m, private, hidden, properties,
            altitude_m, accuracy_m, speed_ms, bearing, hinted_mode)
        SELECT
            p_device_id, checked.location_time, checked.latitude, checked.longitude, checked.first_reported,
            checked.last_reported, checked.event_id, checked.event_digest, checked.uncertainty_m,
            checked.private, checked.private OR something_is_private, checked.properties,
            checked.altitude_m, checked.accuracy_m, checked.speed_ms, checked.bearing,
            checked.hinted_mode
        FROM checked
        ON CONFLICT (device_id, location_time, latitude, longitude) DO UPDATE SET
            first_reported = least(location.first_reported, excluded.first_reported),
            last_reported = greatest(location.last_reported, excluded.last_reported),
            uncertainty_m = greatest(location.uncertainty_m, excluded.uncertainty_m),
            event_id = least(location.event_id, excluded.event_id),
            private = location.private OR excluded.private,
            hidden = location.hidden OR excluded.private,
            -- As in the first report.
            (event_digest, properties, altitude_m, accuracy_m, speed_ms, bearing, hinted_mode) = (
                SELECT report.digest, report.properties,
                       report.altitude_m, report.accuracy_m, report.speed_ms, report.bearing, report.hinted_mode
                FROM (VALUES
                    (location.first_reported, location.event_digest, location.properties,
                     location.altitude_m, location.accuracy_m, location.speed_ms, location.bearing, location.hinted_mode, true),
                    (excluded.first_reported, excluded.event_digest, excluded.properties,
                     excluded.altitude_m, excluded.accuracy_m, excluded.speed_ms, excluded.bearing, excluded.hinted_mode, false)
                ) AS report (reported, digest, properties, altitude_m, accuracy_m, speed_ms, bearing, hinted_mode, is_stored)
                ORDER BY report.reported, report.digest, report.is_stored
                LIMIT 1)
        WHERE (excluded.first_reported, excluded.event_digest) < (location.first_reported, location.event_digest)
           -- The same report, of which more is known now than when it was stored.
           OR (excluded.first_reported, excluded.event_digest) = (location.first_reported, location.event_digest)
              AND excluded.hinted_mode IS DISTINCT FROM location.hinted_mode
           OR excluded.event_id < location.event_id
           OR excluded.last_reported > location.last_reported
           OR excluded.uncertainty_m > location.uncertainty_m
           OR excluded.private > location.private
        RETURNING location.location_time, location.first_reported, location.last_reported
    )
    SELECT
        array_agg(DISTINCT date_trunc('hour', merged.location_time, 'UTC')) FILTER (
            WHERE merged.location_time < p_since OR merged.location_time >= p_until),
        min(least(merged.location_time, merged.first_reported)),
        max(greatest(merged.location_time, merged.last_reported))
    INTO hours_outside, changed_since, changed_until
    FROM merged;

    INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
    SELECT p_device_id, hour FROM unnest(hours_outside) AS hour;
END
$$;
