SELECT extract(epoch FROM fix.location_time)::double precision AS at, fix.latitude, fix.longitude
FROM published_locations AS fix
WHERE fix.device_id = %(device_id)s
ORDER BY fix.location_time;
