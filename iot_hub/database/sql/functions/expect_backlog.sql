-- Announces the past of devices, which their owner imports or restores: for the next hour, in which it is rolled up,
-- their crossings don't count.
CREATE OR REPLACE FUNCTION iot_personal_hub.expect_backlog(p_device_ids integer[])
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO iot_personal_hub.publication_watches AS watch (device_id, counts_from)
    SELECT device.id, now() + interval '1 hour'
    FROM iot_personal_hub.dim_devices AS device
    WHERE device.id = ANY (p_device_ids)
    ON CONFLICT (device_id) DO UPDATE SET counts_from = excluded.counts_from
    WHERE watch.counts_from < now() + interval '50 minutes'
$$;
