-- Marks events that have just been stored, so that they are judged by the rules of their devices: those of the last 31 days.
-- In the transaction that stores them. Where there is no rule it costs a look at an empty table.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_alerts(device_ids integer[], device_times bigint[])
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO iot_personal_hub.alert_marks (device_id, since)
    SELECT batch.device_id, to_timestamp(min(batch.device_time) / 1000000.0::double precision)
    FROM ROWS FROM (unnest(device_ids), unnest(device_times)) AS batch (device_id, device_time)
    WHERE batch.device_time >= 1000000 * extract(epoch FROM now() - interval '31 days')
      AND EXISTS (
          SELECT
          FROM iot_personal_hub.alert_rules AS rule
          WHERE rule.removed_at IS NULL
            AND rule.kind <> 'silent'
            AND (rule.device_id IS NULL OR rule.device_id = batch.device_id))
    GROUP BY batch.device_id
$$;
