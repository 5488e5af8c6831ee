-- As note_driving() does where readings have come between two instants.
WITH movements AS (
    SELECT moved.changed_since, moved.changed_until FROM iot_personal_hub.mark_movements(1, %(since)s, %(until)s) AS moved
)
INSERT INTO iot_personal_hub.stale_drives (device_id, since, until)
SELECT 1, least(%(since)s, movements.changed_since), greatest(%(until)s, movements.changed_until)
FROM movements
