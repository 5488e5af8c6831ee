-- Events of several devices between two instants, one of each device every step: a battery, and every third one a fix of
-- five seconds before, on a slow walk around a town.
INSERT INTO iot_personal_hub.raw_devices_properties (device_id, device_time, digest, source, properties)
SELECT
    event.device_id,
    event.device_time,
    substring(sha256(convert_to(event.properties::text, 'UTF8')) FROM 1 FOR 16),
    'automate',
    event.properties
FROM (
    SELECT
        device.id AS device_id,
        given.moment AS device_time,
        jsonb_build_object('battery', jsonb_build_object(
            'remaining_percent', 10 + mod(given.number / 3, 90),
            'temperature_C', 20 + mod(given.number, 7),
            'usage_current_mA', 100 + mod(given.number, 700)))
        || CASE mod(given.number, 3) WHEN 0 THEN jsonb_build_object('location', jsonb_build_object(
            'latitude', round((52.2 + 0.05 * sin(given.number / 300.0 + device.id))::numeric, 6),
            'longitude', round((21.0 + 0.08 * cos(given.number / 300.0 + device.id))::numeric, 6),
            'altitude_m', 100 + mod(given.number, 50),
            'fix_speed_ms', mod(given.number, 9),
            'fix_accuracy_m', 5 + mod(given.number, 20),
            'fix_timestamp', extract(epoch FROM given.moment)::bigint - 5)) ELSE '{}' END AS properties
    FROM generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 microsecond', %(step)s::interval)
        WITH ORDINALITY AS given (moment, number)
    CROSS JOIN generate_series(1, %(devices)s) AS device (id)
    -- Keeps the planner from building the JSON once for the digest and once for the column.
    OFFSET 0
) AS event
