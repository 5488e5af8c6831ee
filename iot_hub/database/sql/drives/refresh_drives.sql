-- Derives the drives and charges of a car that a change of its readings or fixes between two instants can affect, as if
-- all were derived. Drives are islands: what is more than a gap away from every reading of driving depends on nothing
-- beyond. So the changed stretch is widened to the islands that it can touch, and to those that the owner has merged
-- with them.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_drives(p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql
SET jit = off
SET enable_seqscan = off
-- Planning took longer than deriving an hour.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    -- A charger on a schedule pauses; a cloud is asked seldom.
    charging_gap CONSTANT interval := '30 minutes';
    gap   CONSTANT interval := iot_personal_hub.drive_setting('drive_gap_minutes');
    stop  CONSTANT interval := iot_personal_hub.drive_setting('drive_stop_minutes');
    since timestamptz := p_since - gap;
    until timestamptz := p_until + gap;
    wider record;
BEGIN
    -- One refresh of a device at a time.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), p_device_id);

    LOOP
        SELECT linked.p_since AS since, linked.p_until AS until
        INTO wider
        FROM iot_personal_hub.linked_readings(p_device_id, false, gap, since, until) AS linked;
        SELECT
            least(wider.since, min(merged.since)) AS since,
            greatest(wider.until, max(merged.until)) AS until
        INTO wider
        FROM iot_personal_hub.drive_corrections AS merged
        WHERE merged.device_id = p_device_id
          AND merged.kind = 'merge'
          AND merged.since <= wider.until
          AND merged.until >= wider.since;
        -- What was derived before, when there was more.
        SELECT
            least(wider.since, (
                SELECT CASE WHEN former.ends >= wider.since THEN former.starts END
                FROM iot_personal_hub.drives AS former
                WHERE former.device_id = p_device_id AND former.starts < wider.since
                ORDER BY former.starts DESC
                LIMIT 1)) AS since,
            greatest(wider.until, (
                SELECT former.ends
                FROM iot_personal_hub.drives AS former
                WHERE former.device_id = p_device_id AND former.starts <= wider.until
                ORDER BY former.starts DESC
                LIMIT 1)) AS until
        INTO wider;
        EXIT WHEN (wider.since, wider.until) = (since, until);
        since := wider.since;
        until := wider.until;
    END LOOP;

    DELETE FROM iot_personal_hub.drives AS former
    WHERE former.device_id = p_device_id
      AND former.starts >= since
      AND former.starts <= until;
    INSERT INTO iot_personal_hub.drives
    SELECT derived.* FROM iot_personal_hub.derive_drives(p_device_id, since, until, gap, stop) AS derived;

    SELECT linked.p_since, linked.p_until
    INTO since, until
    FROM iot_personal_hub.linked_readings(
        p_device_id, true, charging_gap, p_since - charging_gap, p_until + charging_gap) AS linked;
    DELETE FROM iot_personal_hub.charges AS former
    WHERE former.device_id = p_device_id
      AND former.starts >= since
      AND former.starts <= until;
    INSERT INTO iot_personal_hub.charges
    SELECT derived.* FROM iot_personal_hub.derive_charges(p_device_id, since, until, charging_gap) AS derived;
END
$$;
