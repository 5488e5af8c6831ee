-- The only insert path into the raw table. Stores the events that it does not hold yet, marks their
-- hours stale and them to be judged by alerts, all in the caller's transaction, and returns the key of each stored event.
-- Fails with check_violation where the partition of a month is missing; store_events() makes it first.
--
-- device_times: Unix microseconds. event_properties: the texts of the events' JSON objects; an
-- array of jsonb would cost the client more to write and the server more to read.
CREATE OR REPLACE FUNCTION iot_personal_hub.insert_events(
    device_ids       integer[],
    device_times     bigint[],
    event_sources    text[],
    event_properties text[]
)
RETURNS TABLE (stored_device_id integer, stored_device_time timestamptz, stored_digest bytea)
LANGUAGE plpgsql
AS $$
BEGIN
    -- A partition that is there stays, and none comes, until the caller has committed: see ensure_partitions(). An
    -- insert that looks for its partition while one is attached would go on without the new one.
    PERFORM
        pg_advisory_xact_lock_shared(hashtext('iot_personal_hub.drop_partitions')),
        pg_advisory_xact_lock_shared(hashtext('iot_personal_hub.ensure_partitions'));

    RETURN QUERY
    INSERT INTO iot_personal_hub.raw_devices_properties AS raw
        (device_id, device_time, digest, source, properties)
    SELECT
        event.device_id,
        to_timestamp(event.device_time / 1000000.0::double precision),
        substring(sha256(convert_to(event.properties::text, 'UTF8')) FROM 1 FOR 16),
        event.source,
        event.properties
    FROM (
        SELECT batch.device_id, batch.device_time, batch.source, batch.properties::jsonb AS properties
        FROM ROWS FROM (
            unnest(device_ids),
            unnest(device_times),
            unnest(event_sources),
            unnest(event_properties)
        ) AS batch (device_id, device_time, source, properties)
        -- Keeps the planner from parsing the JSON once for the digest and once for the column.
        OFFSET 0
    ) AS event
    ON CONFLICT DO NOTHING
    RETURNING raw.device_id, raw.device_time, raw.digest;

    -- FOUND: at least one event was new. A retry of known events makes nothing stale.
    IF FOUND THEN
        INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
        SELECT DISTINCT batch.device_id,
               date_trunc('hour', to_timestamp(batch.device_time / 1000000.0::double precision), 'UTC')
        FROM ROWS FROM (unnest(device_ids), unnest(device_times)) AS batch (device_id, device_time);

        PERFORM iot_personal_hub.mark_alerts(device_ids, device_times);
    END IF;
END
$$;
