-- The newest events of each device, up to a number, without the messages as they came; a device's newest first.
-- last_seen: when the newest event of each was.
--
-- Looks at the months in which devices were last seen and the month before each, which on the first of a month has nearly
-- all. Their bounds are written into the statement, as by last_seen_of(), for all devices of a month at once.
CREATE OR REPLACE FUNCTION iot_personal_hub.newest_events(
    device_ids integer[], last_seen timestamptz[], most_each integer
)
RETURNS TABLE (device_id integer, device_time timestamptz, properties jsonb)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    month timestamptz;
BEGIN
    FOR month IN
        SELECT DISTINCT date_trunc('month', seen.at, 'UTC')
        FROM unnest(last_seen) AS seen (at)
        WHERE seen.at IS NOT NULL
    LOOP
        RETURN QUERY EXECUTE format(
            $statement$
            SELECT device.id, recent.device_time, recent.properties - recent.source
            FROM unnest($1, $2) AS device (id, seen)
            CROSS JOIN LATERAL (
                SELECT raw.device_time, raw.source, raw.properties
                FROM iot_personal_hub.raw_devices_properties AS raw
                WHERE raw.device_id = device.id
                  AND raw.device_time >= %3$L
                  AND raw.device_time < %2$L
                  AND raw.device_time <= device.seen
                  AND raw.duplicate_of IS NULL
                -- The key's own order, so that no more than these are read.
                ORDER BY raw.device_time DESC, raw.digest DESC
                LIMIT $3
            ) AS recent
            WHERE date_trunc('month', device.seen, 'UTC') = %1$L
            $statement$,
            month, (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC',
            (month AT TIME ZONE 'UTC' - interval '1 month') AT TIME ZONE 'UTC')
        USING device_ids, last_seen, most_each;
    END LOOP;
END
$$;
