SELECT
    extract(epoch FROM counted.date_hour)::double precision AS at,
    counted.count_events::double precision AS events,
    averages.latitude_avg::double precision AS latitude,
    averages.longitude_avg::double precision AS longitude
FROM published_hourly_events_counter AS counted
LEFT JOIN published_hourly_location_details AS averages
    ON averages.device_id = counted.device_id AND averages.date_hour = counted.date_hour
WHERE counted.device_id = %(device_id)s
ORDER BY counted.date_hour;
