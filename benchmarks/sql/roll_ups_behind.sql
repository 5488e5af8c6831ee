-- How long the oldest hour has waited to be rolled up, in seconds.
SELECT coalesce(extract(epoch FROM now() - min(stale.marked_at)), 0)::float AS seconds
FROM iot_personal_hub.stale_hours AS stale;
