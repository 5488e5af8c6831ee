-- Of an event's own position only its odometer is read: positions are fixes.sql's.
SELECT
    extract(epoch FROM event.device_time)::double precision AS at,
    (event.properties #>> '{vehicle,odometer_km}')::double precision AS odometer_km
FROM published_events AS event
WHERE event.device_id = %(device_id)s
ORDER BY event.device_time;
