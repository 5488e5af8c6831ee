-- Events of several devices in the order in which they would have come: one event of each device
-- every step, from one instant until before another, with the first beta's payload and a fix taken
-- five seconds before each.
INSERT INTO iot_personal_hub.raw_devices_properties (device_id, device_time, digest, source, properties)
SELECT
    event.device_id,
    event.device_time,
    -- event_digest(), written out: a call costs more than the digest.
    substring(sha256(convert_to(event.properties::text, 'UTF8')) FROM 1 FOR 16),
    'automate',
    event.properties
FROM (
    SELECT
        device.id AS device_id,
        given.moment AS device_time,
        format(
            '{"battery": {"voltage_V": 3.%%s, "technology": "Li-ion", "capacity_mAh": 4905, "temperature_C": 2%%s.%%s,'
            ' "remaining_percent": %%s, "remaining_charge_mAh": %%s, "remaining_energy_mWh": null,'
            ' "usage_current_mA": %%s, "usage_current_average_mA": 0.%%s},'
            ' "location": {"bearing": %%s.2, "latitude": 52.%%s, "longitude": 21.%%s, "altitude_m": %%s,'
            ' "fix_provider": "gps", "fix_speed_ms": 0.%%s, "fix_timestamp": %%s.05, "fix_accuracy_m": %%s}}',
            500 + mod(clock.minute, 500), mod(clock.minute / 60, 10), mod(clock.minute, 7),
            10 + mod(clock.minute / 15, 90), 1000 + mod(clock.minute, 3900),
            200 + mod(clock.minute, 700), 100 + mod(clock.minute, 800),
            10 + mod(clock.minute, 340), 1000 + mod(clock.minute, 9000),
            1000 + mod(clock.minute / 9000 + clock.minute, 9000), 100 + mod(clock.minute, 200),
            10 + mod(clock.minute, 80), extract(epoch FROM given.moment)::bigint - 5, 5 + mod(clock.minute, 20)
        )::jsonb AS properties
    FROM generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 microsecond', %(step)s::interval)
        AS given (moment)
    CROSS JOIN generate_series(1, %(devices)s) AS device (id)
    CROSS JOIN LATERAL (VALUES (extract(epoch FROM given.moment)::bigint / 60 + device.id * 17)) AS clock (minute)
    -- Keeps the planner from parsing the JSON once for the digest and once for the column.
    OFFSET 0
) AS event
