-- name: hub_state
-- One row: how many hours are stale, since how many seconds the oldest, how much is in quarantine.
WITH stale AS (
    SELECT
        count(DISTINCT (mark.device_id, mark.date_hour)) AS hours,
        coalesce(date_part('epoch', now() - min(mark.marked_at)), 0) AS seconds
    FROM iot_personal_hub.stale_hours AS mark
),
quarantined AS (
    SELECT count(*) AS payloads
    FROM iot_personal_hub.quarantine
)
SELECT stale.hours, stale.seconds, quarantined.payloads
FROM stale
CROSS JOIN quarantined;
