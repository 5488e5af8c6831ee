-- Deletes turns of more than 31 days ago but the last of them for each rule and device, and notices of more than a year ago.
CREATE OR REPLACE FUNCTION iot_personal_hub.trim_alerts(p_now timestamptz DEFAULT now())
RETURNS void
LANGUAGE sql
AS $$
    DELETE FROM iot_personal_hub.alert_turns AS turn
    WHERE turn.at < p_now - interval '31 days'
      AND EXISTS (
          SELECT
          FROM iot_personal_hub.alert_turns AS later
          WHERE later.rule_id = turn.rule_id
            AND later.device_id = turn.device_id
            AND later.at > turn.at
            AND NOT later.continues
            AND later.at < p_now - interval '31 days');

    DELETE FROM iot_personal_hub.alert_outbox AS notice
    WHERE notice.made_at < p_now - interval '1 year';
$$;
