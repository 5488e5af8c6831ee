-- What this version knows of properties is in its catalogue (iot_hub/properties), from which each migration fills
-- dim_properties. What the owner has said of them stays: the columns tell the two apart.

ALTER TABLE iot_personal_hub.dim_properties
    ADD COLUMN aliases           text[] NOT NULL DEFAULT '{}',
    ADD COLUMN shipped_published boolean,
    ADD COLUMN shipped_rolled_up boolean,
    ADD CONSTRAINT dim_properties_is_shipped_whole CHECK ((shipped_published IS NULL) = (shipped_rolled_up IS NULL)),
    ADD CONSTRAINT dim_properties_aliases_are_keys CHECK (
        array_position(aliases, NULL) IS NULL AND (aliases = '{}' OR cardinality(path) = 2)),
    -- As its path: a position, or a network's name, is known by no other name.
    ADD CONSTRAINT dim_properties_aliases_no_position CHECK (
        aliases = '{}'
        OR path[1] NOT IN ('location', 'network')
        AND array_to_string(aliases, '.')
            !~* 'latitude|longitude|coord|geohash|geoloc|(^|[^a-z])(lat|lon|lng|long)([^a-z]|$)');

COMMENT ON COLUMN iot_personal_hub.dim_properties.aliases IS
    'Other keys of the same group under which it has arrived. The first that is there counts, the path before all.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.shipped_published IS
    'What the catalogue says of published; where published differs, the owner has switched it. NULL: the row is the owner''s.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.shipped_rolled_up IS
    'What the catalogue says of rolled_up; where rolled_up differs, the owner has switched it. NULL: the row is the owner''s.';

-- What versions until now shipped, so that what differs is the owner's.
UPDATE iot_personal_hub.dim_properties AS property
SET shipped_published = property.path[1] <> 'network',
    shipped_rolled_up = shipped.rolled_up
FROM (
    VALUES
    ('air', true, '{co2_ppm,tvoc_ppb,pm1_ugm3,pm25_ugm3,pm10_ugm3,sound_dBFS}'::text[]),
    ('battery', true,
     '{voltage_V,capacity_mAh,remaining_charge_mAh,remaining_energy_mWh,usage_current_average_mA}'),
    ('battery', false, '{technology,state,charging,remaining_percent,usage_current_mA,power_W,temperature_C}'),
    ('climate', true, '{temperature_C,humidity_percent,pressure_hPa,dew_point_C,illuminance_lx,tag_battery_V}'),
    ('energy', true, '{power_W,energy_Wh,voltage_V,current_A}'),
    ('location', true, '{fix_speed_ms,fix_accuracy_m,altitude_msl_m,satellites}'),
    ('location', false,
     '{fix_provider,mock,latitude,longitude,altitude_m,bearing,hdop,fix_timestamp,fix_vertical_accuracy_m,fix_speed_accuracy_ms,fix_bearing_accuracy}'),
    ('machine', true, '{temperature_C}'),
    ('motion', true, '{steps,distance_m,odometer_m,floors_up,floors_down,relative_altitude_m}'),
    ('motion', false, '{activity,is_moving}'),
    ('network', true, '{signal_dBm,link_speed_Mbps}'),
    ('vehicle', true,
     '{speed_kmh,engine_rpm,engine_load_percent,coolant_temperature_C,fuel_level_percent,odometer_km,battery_percent,voltage_V}'),
    ('vehicle', false, '{ignition,fuel_percent}')
) AS shipped (property_group, rolled_up, keys)
WHERE cardinality(property.path) = 2
  AND property.path[1] = shipped.property_group
  AND property.path[2] = ANY (shipped.keys);

-- One name for the level of fuel: the metric's name stays, and its path is the key that trackers send. Figures exist
-- of neither.
DELETE FROM iot_personal_hub.dim_properties AS property
WHERE property.path = '{vehicle,fuel_percent}'
  AND property.name = 'vehicle.fuel_percent'
  AND NOT property.rolled_up
  AND property.published = property.shipped_published;

UPDATE iot_personal_hub.dim_properties AS property
SET path = '{vehicle,fuel_percent}'
WHERE property.path = '{vehicle,fuel_level_percent}'
  AND NOT EXISTS (
      SELECT
      FROM iot_personal_hub.dim_properties AS other
      WHERE other.path = '{vehicle,fuel_percent}');
