-- Stores events as insert_events() does, and makes the partitions that they need first.
CREATE OR REPLACE FUNCTION iot_personal_hub.store_events(
    device_ids       integer[],
    device_times     bigint[],
    event_sources    text[],
    event_properties text[]
)
RETURNS TABLE (stored_device_id integer, stored_device_time timestamptz, stored_digest bytea)
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM iot_personal_hub.ensure_partitions(array_agg(to_timestamp(batch.device_time / 1000000.0::double precision)))
    FROM unnest(device_times) AS batch (device_time);

    RETURN QUERY
    SELECT inserted.stored_device_id, inserted.stored_device_time, inserted.stored_digest
    FROM iot_personal_hub.insert_events(device_ids, device_times, event_sources, event_properties) AS inserted;
END
$$;
