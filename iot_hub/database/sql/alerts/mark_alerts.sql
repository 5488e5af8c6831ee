-- Marks events that have just been stored, so that they are judged by the rules of their devices: those of the last 31 days.
-- What is dated ahead has a mark of its own, which is due at its instant.
-- In the transaction that stores them. Where there is no rule it costs a look at an empty table.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_alerts(device_ids integer[], device_times bigint[])
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO iot_personal_hub.alert_marks (device_id, since, due_at)
    SELECT batch.device_id, to_timestamp(min(batch.device_time) / 1000000.0::double precision), ahead.due_at
    FROM ROWS FROM (unnest(device_ids), unnest(device_times)) AS batch (device_id, device_time)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN batch.device_time > 1000000 * extract(epoch FROM now())
            THEN to_timestamp(batch.device_time / 1000000.0::double precision)
            ELSE '-infinity' END
    ) AS ahead (due_at)
    WHERE batch.device_time >= 1000000 * extract(epoch FROM now() - interval '31 days')
      AND EXISTS (
          SELECT
          FROM iot_personal_hub.alert_rules AS rule
          WHERE rule.removed_at IS NULL
            AND rule.kind IN ('value', 'change', 'state', 'battery', 'fault', 'enters', 'leaves')
            AND (rule.device_id IS NULL OR rule.device_id = batch.device_id))
    GROUP BY batch.device_id, ahead.due_at
$$;
