-- What phones' apps and the agent measure besides. A name that its user has given a row already stays as it is.
INSERT INTO iot_personal_hub.dim_metrics (metric, unit, path)
SELECT array_to_string(path, '.'), unit, path
FROM (VALUES
    ('m',    '{location,altitude_msl_m}'::text[]),
    ('1',    '{location,satellites}'),
    ('dBFS', '{air,sound_dBFS}'),
    ('V',    '{climate,tag_battery_V}'),
    ('°C',   '{machine,temperature_C}'),
    ('m',    '{motion,relative_altitude_m}'),
    ('1',    '{motion,floors_up}'),
    ('1',    '{motion,floors_down}'),
    ('m',    '{motion,odometer_m}'),
    ('Mbps', '{network,link_speed_Mbps}'),
    ('V',    '{vehicle,voltage_V}')
) AS catalogue (unit, path)
ON CONFLICT DO NOTHING;
