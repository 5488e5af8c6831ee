-- Derives at once what a change of a correction between two instants has made stale, so that its owner sees it. Returns
-- whether all of it is derived: a long history, or a device that is being refreshed, is left to the worker.
CREATE OR REPLACE FUNCTION iot_personal_hub.settle_correction(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS boolean
LANGUAGE plpgsql
-- A refresh of live events takes less.
SET lock_timeout = '3s'
AS $$
DECLARE
    longest CONSTANT interval := '14 days';
    -- Marks of fixes change as far away (mark_outliers()).
    reach   CONSTANT interval := '2 days';
    stale_since timestamptz;
    stale_until timestamptz;
BEGIN
    IF NOT isfinite(p_since) OR NOT isfinite(p_until) OR p_until - p_since > longest THEN
        RETURN false;
    END IF;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), p_device_id);
    EXCEPTION WHEN lock_not_available THEN
        RETURN false;
    END;

    SELECT min(stale.date_hour), max(stale.date_hour) + interval '1 hour'
    INTO stale_since, stale_until
    FROM iot_personal_hub.stale_hours AS stale
    WHERE stale.device_id = p_device_id
      AND stale.date_hour >= date_trunc('hour', p_since, 'UTC')
      AND stale.date_hour < p_until;
    IF stale_since IS NOT NULL THEN
        PERFORM iot_personal_hub.refresh_device(p_device_id, stale_since, stale_until);
    END IF;

    WITH concerned AS (
        SELECT stale.device_id, stale.since, stale.id
        FROM iot_personal_hub.stale_journeys AS stale
        WHERE stale.device_id = p_device_id
          -- Not the whole of a history that happens to be stale, too.
          AND stale.since >= p_since - reach
          AND stale.until <= p_until + reach
        -- Who has claimed a mark waits for the lock of the device, which this transaction holds.
        FOR UPDATE OF stale SKIP LOCKED
    ),
    claimed AS (
        DELETE FROM iot_personal_hub.stale_journeys AS stale
        USING concerned
        WHERE stale.device_id = concerned.device_id
          AND stale.since = concerned.since
          AND stale.id = concerned.id
        RETURNING stale.since, stale.until
    )
    SELECT min(claimed.since), max(claimed.until)
    INTO stale_since, stale_until
    FROM claimed;
    IF stale_since IS NOT NULL THEN
        PERFORM iot_personal_hub.refresh_journeys(p_device_id, stale_since, stale_until);
    END IF;
    RETURN NOT EXISTS (
        SELECT
        FROM iot_personal_hub.stale_journeys AS stale
        WHERE stale.device_id = p_device_id
          AND stale.since <= p_until
          AND stale.until >= p_since);
END
$$;
