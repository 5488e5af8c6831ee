-- A year of a car's events from an instant on: drives of half an hour, one every twelve and a half hours, an event every
-- other second, each with what an OBD adapter reads and the phone's fix.
INSERT INTO iot_personal_hub.raw_devices_properties (device_id, device_time, digest, source, properties)
SELECT
    1,
    event.device_time,
    substring(sha256(convert_to(event.properties::text, 'UTF8')) FROM 1 FOR 16),
    'torque',
    event.properties
FROM (
    SELECT
        sampled.device_time,
        jsonb_build_object(
            'vehicle', jsonb_build_object(
                'speed_kmh', sampled.kmh, 'engine_rpm', 800 + 20 * sampled.kmh,
                'odometer_km', round(12000 + sampled.km, 1), 'coolant_temperature_C', least(20 + sampled.n, 90),
                'fuel_rate_Lh', round(0.8 + sampled.kmh / 12.0, 2), 'fuel_percent', 80 - mod(sampled.drive, 60),
                'outside_temperature_C', mod(sampled.drive, 25), 'engine_load_percent', 30, 'throttle_percent', 20,
                'intake_temperature_C', 25, 'voltage_V', 14.1),
            'location', jsonb_build_object(
                'latitude', round(52 + sampled.drive_km / 150, 6), 'longitude', 21.01,
                'altitude_m', round(120 + 40 * sin(sampled.n / 60.0)::numeric, 1), 'fix_accuracy_m', 5,
                'fix_speed_ms', round(sampled.kmh / 3.6, 1),
                'fix_timestamp', extract(epoch FROM sampled.device_time))
        ) AS properties
    FROM (
        SELECT
            moving.*,
            sum(moving.kmh / 1800.0) OVER (ORDER BY moving.device_time) AS km,
            sum(moving.kmh / 1800.0) OVER (PARTITION BY moving.drive ORDER BY moving.device_time) AS drive_km
        FROM (
            SELECT
                drive.n AS drive,
                sample.n,
                %(since)s::timestamptz + drive.n * interval '12.5 hours' + sample.n * interval '2 seconds' AS device_time,
                round(greatest(0, 60 + 70 * sin((sample.n + 37 * drive.n) / 50.0))::numeric) AS kmh
            FROM generate_series(0, %(drives)s - 1) AS drive (n)
            CROSS JOIN generate_series(0, 857) AS sample (n)
        ) AS moving
    ) AS sampled
    OFFSET 0
) AS event
