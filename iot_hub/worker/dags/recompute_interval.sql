-- Recomputes all roll-ups of an interval, stale or not.
SELECT iot_personal_hub.refresh_hours(%(since)s, %(until)s)
