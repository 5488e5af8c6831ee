-- Derives at once the drives that a change of a correction between two instants has made stale, so that its owner sees it.
-- Returns whether all is derived: a long stretch, or a device that is being refreshed, is left to the worker.
CREATE OR REPLACE FUNCTION iot_personal_hub.settle_drive_correction(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS boolean
LANGUAGE plpgsql
-- A refresh of live events takes less.
SET lock_timeout = '3s'
AS $$
DECLARE
    longest CONSTANT interval := '92 days';
BEGIN
    IF p_until - p_since > longest THEN
        RETURN false;
    END IF;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), p_device_id);
    EXCEPTION WHEN lock_not_available THEN
        RETURN false;
    END;
    WITH concerned AS (
        SELECT stale.device_id, stale.since, stale.id
        FROM iot_personal_hub.stale_drives AS stale
        WHERE stale.device_id = p_device_id
          AND stale.since >= p_since
          AND stale.until <= p_until
        -- Who has claimed a mark waits for the lock of the device, which this transaction holds.
        FOR UPDATE OF stale SKIP LOCKED
    )
    DELETE FROM iot_personal_hub.stale_drives AS stale
    USING concerned
    WHERE stale.device_id = concerned.device_id
      AND stale.since = concerned.since
      AND stale.id = concerned.id;
    PERFORM iot_personal_hub.refresh_drives(p_device_id, p_since, p_until);
    RETURN true;
END
$$;
