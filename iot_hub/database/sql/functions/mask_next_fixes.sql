-- Judges the next fixes of a device by the areas of now, recomputes its private spans around them, withdraws what is
-- hidden now, and queues what is shown now. Returns whether there was anything to do. Called again and again, each time
-- in a transaction of its own, it leaves what one pass over the whole history would; it can be interrupted at any time,
-- and any number of workers may call it at once.
--
-- A step holds the device's refresh lock for about a tenth of a second.
CREATE OR REPLACE FUNCTION iot_personal_hub.mask_next_fixes(p_most integer DEFAULT 4000)
RETURNS boolean
LANGUAGE plpgsql
SET jit = off
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    device integer;
    job iot_personal_hub.masking_jobs;
    until timestamptz;
    stretch tstzmultirange;
    changed record;
    spans record;
BEGIN
    SELECT waiting.*
    INTO job
    FROM iot_personal_hub.masking_jobs AS waiting
    WHERE waiting.judged_until < 'infinity'
    ORDER BY waiting.fixes IS NOT NULL, waiting.device_id
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN iot_personal_hub.finish_masking();
    END IF;
    device := job.device_id;

    -- First of all devices, for those who watch. A count of millions takes a while, so it holds no lock.
    IF job.fixes IS NULL THEN
        UPDATE iot_personal_hub.masking_jobs AS waiting
        SET fixes = counted.fixes
        FROM (
            SELECT count(*) AS fixes FROM iot_personal_hub.locations AS location WHERE location.device_id = device
        ) AS counted
        WHERE waiting.device_id = device;
        RETURN true;
    END IF;

    IF job.withdraws AND job.judged_until = '-infinity' AND iot_personal_hub.withdraw_everything() THEN
        RETURN true;
    END IF;

    -- The device first, then the job: a change of the areas takes jobs alone, and shall not wait for a refresh. Whoever
    -- had the device before may have checked fixes against other areas; those are seen here.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), device);
    SELECT waiting.*
    INTO job
    FROM iot_personal_hub.masking_jobs AS waiting
    WHERE waiting.device_id = device AND waiting.judged_until < 'infinity'
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN true;
    END IF;

    SELECT location.location_time
    INTO until
    FROM iot_personal_hub.locations AS location
    WHERE location.device_id = device AND location.location_time > job.judged_until
    ORDER BY location.location_time
    OFFSET p_most - 1
    LIMIT 1;
    until := coalesce(until, 'infinity');

    WITH near AS MATERIALIZED (
        SELECT
            location.location_time, location.latitude, location.longitude, location.private,
            least(location.location_time, location.first_reported) AS first,
            greatest(location.location_time, location.last_reported) AS last,
            EXISTS (SELECT FROM iot_personal_hub.areas_containing(
                location.latitude, location.longitude, location.uncertainty_m)) AS private_now
        FROM iot_personal_hub.locations AS location
        WHERE location.device_id = device
          AND location.location_time > job.judged_until
          AND location.location_time <= until
          AND EXISTS (
              SELECT
              FROM iot_personal_hub.changed_zones AS zone
              WHERE iot_personal_hub.is_near_zone(
                  location.latitude, location.longitude, location.uncertainty_m,
                  zone.latitude, zone.longitude, zone.radius_m))
    ),
    judged AS (
        UPDATE iot_personal_hub.locations AS location
        SET private = near.private_now, hidden = true
        FROM near
        WHERE location.device_id = device
          AND location.location_time = near.location_time
          AND location.latitude = near.latitude
          AND location.longitude = near.longitude
          AND near.private <> near.private_now
    )
    -- Also of fixes that stay private: the way to a zone depends on its size.
    SELECT min(near.first) AS first, max(near.last) AS last
    INTO changed
    FROM near
    WHERE near.private OR near.private_now;

    IF changed.first IS NOT NULL THEN
        SELECT judged.hidden, judged.shown
        INTO spans
        FROM iot_personal_hub.hide_private_spans(device, changed.first, changed.last) AS judged;

        PERFORM iot_personal_hub.publish_remasked(device, spans.hidden, spans.shown);
    END IF;

    IF job.queues AND EXISTS (
            SELECT FROM iot_personal_hub.dim_devices AS listed WHERE listed.id = device AND listed.published) THEN
        stretch := tstzmultirange(tstzrange(job.judged_until, until, '[]'));
        IF job.withdraws THEN
            PERFORM iot_personal_hub.withdraw(device, stretch);
        END IF;
        PERFORM iot_personal_hub.queue_hours(device, stretch);
    END IF;

    UPDATE iot_personal_hub.masking_jobs AS done
    SET judged_until = until,
        judged = CASE WHEN until = 'infinity' THEN done.fixes ELSE least(done.judged + p_most, done.fixes) END,
        worked_at = clock_timestamp()
    WHERE done.device_id = device;
    RETURN true;
END
$$;
