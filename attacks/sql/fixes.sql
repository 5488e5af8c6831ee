-- Every position that is shown: on the track, or with an event, which may report a fix of another time.
SELECT extract(epoch FROM fix.location_time)::double precision AS at, fix.latitude, fix.longitude
FROM published_locations AS fix
WHERE fix.device_id = %(device_id)s
UNION
SELECT
    coalesce((event.properties #>> '{location,fix_timestamp}')::double precision,
             extract(epoch FROM event.device_time)::double precision),
    (event.properties #>> '{location,latitude}')::double precision,
    (event.properties #>> '{location,longitude}')::double precision
FROM published_events AS event
WHERE event.device_id = %(device_id)s
  AND event.properties #>> '{location,latitude}' IS NOT NULL
ORDER BY at;
