-- What an event says besides its own position: positions are fixes.sql's.
SELECT
    extract(epoch FROM event.device_time)::double precision AS at,
    (event.properties #>> '{vehicle,odometer_km}')::double precision AS odometer_km,
    (event.properties #>> '{battery,remaining_percent}')::double precision AS percent,
    (event.properties #>> '{battery,charging}')::boolean::integer::double precision AS charging,
    (event.properties #>> '{battery,voltage_V}')::double precision AS volts,
    (event.properties #>> '{battery,usage_current_mA}')::double precision AS milliamperes,
    (event.properties #>> '{motion,steps}')::double precision AS steps
FROM published_events AS event
WHERE event.device_id = %(device_id)s
ORDER BY event.device_time;
