-- One catalogue of what is known of properties: what is rolled up, what may be published, what it tells. It grows out
-- of dim_metrics, which is a view of it from now on: rows are added to it as before.

ALTER TABLE iot_personal_hub.dim_metrics RENAME TO dim_properties;
ALTER TABLE iot_personal_hub.dim_properties RENAME COLUMN metric TO name;
ALTER TABLE iot_personal_hub.dim_properties RENAME CONSTRAINT dim_metrics_pkey TO dim_properties_pkey;
ALTER TABLE iot_personal_hub.dim_properties RENAME CONSTRAINT dim_metrics_path_key TO dim_properties_path_key;

ALTER TABLE iot_personal_hub.dim_properties
    ADD COLUMN kind       text NOT NULL DEFAULT 'number',
    ADD COLUMN least      numeric,
    ADD COLUMN most       numeric,
    ADD COLUMN words      text[],
    ADD COLUMN disclosure text NOT NULL DEFAULT 'measurement',
    ADD COLUMN rolled_up  boolean NOT NULL DEFAULT true,
    ADD COLUMN published  boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT dim_properties_kind_is_known CHECK (kind IN ('number', 'enumeration', 'boolean')),
    ADD CONSTRAINT dim_properties_disclosure_is_known CHECK (disclosure IN ('measurement', 'charge', 'counter')),
    ADD CONSTRAINT dim_properties_has_path CHECK (array_position(path, NULL) IS NULL AND cardinality(path) > 0),
    ADD CONSTRAINT dim_properties_enumeration_has_words CHECK (
        (kind = 'enumeration') = (words IS NOT NULL) AND array_position(words, NULL) IS NULL),
    ADD CONSTRAINT dim_properties_number_has_bounds CHECK (kind = 'number' OR (least IS NULL AND most IS NULL)),
    -- An infinite or inverted bound would compile into a rule that admits everything or nothing.
    ADD CONSTRAINT dim_properties_bounds_are_finite CHECK (
        abs(least) <= 1e30 AND abs(most) <= 1e30 AND least <= most),
    ADD CONSTRAINT dim_properties_rolls_up_numbers CHECK (kind = 'number' OR NOT rolled_up),
    -- Published is {group: {key: value}}, so nothing at any other depth can be.
    ADD CONSTRAINT dim_properties_publishes_group_and_key CHECK (NOT published OR cardinality(path) = 2),
    -- A network names the place where it is.
    ADD CONSTRAINT dim_properties_publishes_no_network CHECK (NOT published OR path[1] <> 'network'),
    -- A position is judged by what stands under these names. Under any other it would pass unseen.
    ADD CONSTRAINT dim_properties_publishes_one_position CHECK (
        NOT published
        OR CASE path[1]
            WHEN 'location' THEN path[2] IN (
                'latitude', 'longitude', 'altitude_m', 'altitude_msl_m', 'bearing', 'satellites', 'hdop', 'mock',
                'fix_provider', 'fix_timestamp', 'fix_speed_ms', 'fix_accuracy_m', 'fix_vertical_accuracy_m',
                'fix_speed_accuracy_ms', 'fix_bearing_accuracy')
            ELSE array_to_string(path, '.')
                !~* 'latitude|longitude|coord|geohash|geoloc|(^|[^a-z])(lat|lon|lng|long)([^a-z]|$)'
        END);

COMMENT ON TABLE iot_personal_hub.dim_properties IS
    'One row per known property of events: where it stands, what values it has, what is done with it. What has no row is never published.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.kind IS
    'number (a JSON number from least to most; NULL: from -1e30 to 1e30), enumeration (one of words) or boolean.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.disclosure IS
    'What a value before and one after a silence tell of the time between: measurement (little), charge (whether the device was charging), counter (how much went on).';
COMMENT ON COLUMN iot_personal_hub.dim_properties.rolled_up IS 'Whether refresh_metrics() rolls it up by the hour.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.published IS
    'Whether events and roll-ups show it to others. Off for rows that the owner adds, until the owner turns it on.';

-- What this version knows. A name that its user has given a row already stays as it is.
CREATE TEMPORARY TABLE shipped ON COMMIT DROP AS
SELECT shipped.*, 'enumeration' AS kind, NULL::numeric AS least, NULL::numeric AS most
FROM (VALUES
    ('{battery,technology}'::text[], '', 'measurement', true, '{Li-ion,Li-poly,LiFe,LiFePO4,LiMn,NiCd,NiMH,Unknown}'::text[]),
    ('{battery,state}', '', 'charge', true,
     '{unplugged,charging,discharging,full,not charging,not_charging,unknown,Unplugged,Charging,Discharging,Full,Not charging,Not Charging,Unknown,FULL,CHARGING,DISCHARGING,NOT_CHARGING,UNKNOWN}'),
    ('{location,fix_provider}', '', 'measurement', true, '{gps,network,fused,passive,cell,wifi,GPS,NETWORK,FUSED,CELL,WIFI,UNKNOWN}'),
    ('{motion,activity}', '', 'measurement', true,
     '{still,stationary,walk,walking,run,running,on_foot,foot,cycling,bicycle,on_bicycle,automotive,automotive_navigation,other_navigation,fitness,driving,in_vehicle,car,bus,train,tram,metro,boat,plane,tilting,unknown,moving,STILL,STATIONARY,WALKING,RUNNING,ON_FOOT,CYCLING,ON_BICYCLE,DRIVING,IN_VEHICLE,IN_PASSENGER_VEHICLE,IN_CAR,IN_BUS,IN_TRAIN,IN_TRAM,IN_SUBWAY,IN_FERRY,IN_TAXI,IN_ROAD_VEHICLE,IN_RAIL_VEHICLE,MOTORCYCLING,BOATING,FLYING,HIKING,SKIING,SAILING,TILTING,EXITING_VEHICLE,UNKNOWN,UNKNOWN_ACTIVITY_TYPE}')
) AS shipped (path, unit, disclosure, published, words)
UNION ALL
SELECT shipped.path, '', shipped.disclosure, true, NULL, 'boolean', NULL, NULL
FROM (VALUES
    ('{battery,charging}'::text[], 'charge'),
    ('{location,mock}', 'measurement'),
    ('{motion,is_moving}', 'measurement'),
    ('{vehicle,ignition}', 'measurement')
) AS shipped (path, disclosure)
UNION ALL
SELECT shipped.path, shipped.unit, shipped.disclosure, true, NULL, 'number', shipped.least, shipped.most
FROM (VALUES
    ('{battery,remaining_percent}'::text[], '%', 'charge', 0, 100),
    ('{battery,remaining_charge_mAh}', 'mAh', 'charge', 0, 1e6),
    ('{battery,remaining_energy_mWh}', 'mWh', 'charge', 0, 1e9),
    ('{battery,voltage_V}', 'V', 'charge', 0, 1000),
    ('{battery,usage_current_mA}', 'mA', 'charge', -1e6, 1e6),
    ('{battery,usage_current_average_mA}', 'mA', 'charge', -1e6, 1e6),
    ('{battery,power_W}', 'W', 'charge', -1e4, 1e4),
    ('{battery,capacity_mAh}', 'mAh', 'measurement', 0, 1e6),
    ('{battery,temperature_C}', '°C', 'measurement', -100, 200),
    ('{location,latitude}', '°', 'measurement', -90, 90),
    ('{location,longitude}', '°', 'measurement', -180, 180),
    ('{location,altitude_m}', 'm', 'measurement', -12000, 100000),
    ('{location,altitude_msl_m}', 'm', 'measurement', -12000, 100000),
    ('{location,bearing}', '°', 'measurement', 0, 360),
    ('{location,satellites}', '1', 'measurement', 0, 1000),
    ('{location,hdop}', '1', 'measurement', 0, 1000),
    -- Of any unit that instant() reads.
    ('{location,fix_timestamp}', 's', 'measurement', 946684800, 7258118400e9),
    ('{location,fix_speed_ms}', 'm/s', 'measurement', 0, 1000),
    ('{location,fix_accuracy_m}', 'm', 'measurement', 0, 1e7),
    ('{location,fix_vertical_accuracy_m}', 'm', 'measurement', 0, 1e7),
    ('{location,fix_speed_accuracy_ms}', 'm/s', 'measurement', 0, 1000),
    ('{location,fix_bearing_accuracy}', '°', 'measurement', 0, 360),
    ('{climate,temperature_C}', '°C', 'measurement', -100, 200),
    ('{climate,humidity_percent}', '%', 'measurement', 0, 110),
    ('{climate,pressure_hPa}', 'hPa', 'measurement', 0, 2000),
    ('{climate,dew_point_C}', '°C', 'measurement', -100, 200),
    ('{climate,illuminance_lx}', 'lx', 'measurement', 0, 1e6),
    ('{climate,tag_battery_V}', 'V', 'measurement', 0, 10),
    ('{air,co2_ppm}', 'ppm', 'measurement', 0, 1e6),
    ('{air,tvoc_ppb}', 'ppb', 'measurement', 0, 1e6),
    ('{air,pm1_ugm3}', 'µg/m³', 'measurement', 0, 1e5),
    ('{air,pm25_ugm3}', 'µg/m³', 'measurement', 0, 1e5),
    ('{air,pm10_ugm3}', 'µg/m³', 'measurement', 0, 1e5),
    ('{air,sound_dBFS}', 'dBFS', 'measurement', -300, 100),
    ('{energy,power_W}', 'W', 'measurement', -1e8, 1e8),
    ('{energy,energy_Wh}', 'Wh', 'counter', -1e12, 1e12),
    ('{energy,voltage_V}', 'V', 'measurement', -1e6, 1e6),
    ('{energy,current_A}', 'A', 'measurement', -1e6, 1e6),
    ('{motion,steps}', '1', 'counter', 0, 1e9),
    ('{motion,distance_m}', 'm', 'counter', 0, 1e9),
    ('{motion,odometer_m}', 'm', 'counter', 0, 1e10),
    ('{motion,floors_up}', '1', 'counter', 0, 1e6),
    ('{motion,floors_down}', '1', 'counter', 0, 1e6),
    ('{motion,relative_altitude_m}', 'm', 'counter', -12000, 100000),
    ('{vehicle,speed_kmh}', 'km/h', 'measurement', 0, 1000),
    ('{vehicle,engine_rpm}', '1/min', 'measurement', 0, 30000),
    ('{vehicle,engine_load_percent}', '%', 'measurement', 0, 110),
    ('{vehicle,coolant_temperature_C}', '°C', 'measurement', -100, 300),
    ('{vehicle,voltage_V}', 'V', 'charge', 0, 1000),
    ('{vehicle,battery_percent}', '%', 'charge', 0, 100),
    ('{vehicle,fuel_level_percent}', '%', 'charge', 0, 110),
    ('{vehicle,fuel_percent}', '%', 'charge', 0, 110),
    ('{vehicle,odometer_km}', 'km', 'counter', 0, 1e8),
    ('{machine,temperature_C}', '°C', 'measurement', -100, 300)
) AS shipped (path, unit, disclosure, least, most);

UPDATE iot_personal_hub.dim_properties AS property
SET least = shipped.least,
    most = shipped.most,
    disclosure = shipped.disclosure,
    published = shipped.published
FROM shipped
WHERE property.path = shipped.path AND shipped.kind = 'number';

-- What is new has a roll-up of its own, or none.
INSERT INTO iot_personal_hub.dim_properties
    (name, unit, path, kind, least, most, words, disclosure, rolled_up, published)
SELECT array_to_string(shipped.path, '.'), shipped.unit, shipped.path, shipped.kind, shipped.least, shipped.most,
       shipped.words, shipped.disclosure, false, shipped.published
FROM shipped
ON CONFLICT DO NOTHING;

-- Under the name that users and scripts know. What is inserted here is rolled up, and not published.
CREATE VIEW iot_personal_hub.dim_metrics AS
SELECT property.name AS metric, property.unit, property.path
FROM iot_personal_hub.dim_properties AS property
WHERE property.rolled_up;

COMMENT ON VIEW iot_personal_hub.dim_metrics IS
    'One row per number that is rolled up by the hour: its name, its unit, where it stands in properties. Rows may be added, changed and deleted.';
