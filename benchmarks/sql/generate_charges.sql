-- Each third night the car is charged for four hours, an event a minute.
INSERT INTO iot_personal_hub.raw_devices_properties (device_id, device_time, digest, source, properties)
SELECT
    1,
    event.device_time,
    substring(sha256(convert_to(event.properties::text, 'UTF8')) FROM 1 FOR 16),
    'mqtt',
    event.properties
FROM (
    SELECT
        %(since)s::timestamptz + charge.n * interval '37.5 hours' + interval '6 hours' + minute.n * interval '1 minute'
            AS device_time,
        jsonb_build_object('vehicle', jsonb_build_object(
            'charging_power_W', 3600, 'charged_Wh', 60 * minute.n, 'battery_percent', 20 + minute.n / 4)) AS properties
    FROM generate_series(0, %(drives)s / 3 - 1) AS charge (n)
    CROSS JOIN generate_series(0, 239) AS minute (n)
    OFFSET 0
) AS event
