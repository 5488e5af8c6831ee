-- Takes from a car's events between two instants what drives and charges are derived from, a row per instant: an event
-- of the group vehicle, or one of TeslaMate, which sends each value alone. Returns between which instants readings have
-- changed.
--
-- What the car says that it does, the first of these that is there:
--   driving: it has a speed; a gear other than P is in; its state is driving; the engine runs; or, where it is silent on
--     that, the fix in the same event is faster than a walk.
--   charging: it has a charging power, or its state is charging.
--   driving: the ignition is on, and no engine is known to rest.
--   standing: the speed or the engine's is 0, the ignition is off, or its state is another one.
-- The highest value counts where several events are of one instant: the same in any order.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_car_readings(
    p_device_id integer, p_since timestamptz, p_until timestamptz,
    OUT changed_since timestamptz, OUT changed_until timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
    fastest_kmh CONSTANT double precision := 400;
    -- A fix at rest has a speed, too.
    walking_kmh CONSTANT double precision := 7;
BEGIN
    -- Each step ends in OFFSET 0, so that the planner computes an expression once, and not for every mention of its name.
    WITH extracted AS (
        SELECT
            raw.device_time AS read_at,
            raw.properties -> 'vehicle' AS vehicle,
            raw.properties -> 'location' AS location,
            CASE WHEN raw.properties ? 'teslamate' THEN raw.properties #>> '{state,mode}' END AS mode
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_since
          AND raw.device_time < p_until
          AND raw.duplicate_of IS NULL
          AND raw.properties ?| '{vehicle,teslamate}'
        OFFSET 0
    ),
    numbers AS (
        SELECT
            extracted.read_at,
            lower(extracted.mode) AS mode,
            upper(extracted.vehicle ->> 'shift_state') AS gear,
            extracted.vehicle ->> 'ignition' AS ignition,
            iot_personal_hub.number_of(extracted.vehicle -> 'speed_kmh')::double precision AS speed_kmh,
            3.6 * iot_personal_hub.number_of(extracted.location -> 'fix_speed_ms')::double precision AS fix_kmh,
            extracted.location -> 'latitude' IS NOT NULL AS has_fix,
            extracted.location -> 'fix_timestamp' AS fix_timestamp,
            iot_personal_hub.number_of(extracted.vehicle -> 'engine_rpm')::double precision AS engine_rpm,
            iot_personal_hub.number_of(extracted.vehicle -> 'odometer_km')::double precision AS odometer_km,
            iot_personal_hub.number_of(extracted.vehicle -> 'fuel_rate_Lh')::double precision AS fuel_rate_lh,
            iot_personal_hub.number_of(extracted.vehicle -> 'fuel_used_L')::double precision AS fuel_used_l,
            iot_personal_hub.number_of(coalesce(
                extracted.vehicle -> 'fuel_percent', extracted.vehicle -> 'fuel_level_percent',
                extracted.vehicle -> 'fuel'))::double precision AS fuel_percent,
            iot_personal_hub.number_of(extracted.vehicle -> 'power_W')::double precision AS power_w,
            iot_personal_hub.number_of(extracted.vehicle -> 'battery_percent')::double precision AS battery_percent,
            iot_personal_hub.number_of(extracted.vehicle -> 'coolant_temperature_C')::double precision
                AS coolant_temperature_c,
            iot_personal_hub.number_of(extracted.vehicle -> 'outside_temperature_C')::double precision
                AS outside_temperature_c,
            iot_personal_hub.number_of(extracted.vehicle -> 'charging_power_W')::double precision AS charging_power_w,
            iot_personal_hub.number_of(extracted.vehicle -> 'charged_Wh')::double precision AS charged_wh
        FROM extracted
        OFFSET 0
    ),
    plausible AS (
        SELECT
            numbers.read_at, numbers.mode, numbers.gear, numbers.ignition, numbers.has_fix, numbers.fix_timestamp,
            CASE WHEN numbers.speed_kmh BETWEEN 0 AND fastest_kmh THEN numbers.speed_kmh END AS speed_kmh,
            CASE WHEN numbers.fix_kmh BETWEEN 0 AND fastest_kmh THEN numbers.fix_kmh END AS fix_kmh,
            CASE WHEN numbers.engine_rpm BETWEEN 0 AND 30000 THEN numbers.engine_rpm END AS engine_rpm,
            CASE WHEN numbers.odometer_km > 0 AND numbers.odometer_km < 1e8 THEN numbers.odometer_km END AS odometer_km,
            CASE WHEN numbers.fuel_rate_lh BETWEEN 0 AND 500 THEN numbers.fuel_rate_lh END AS fuel_rate_lh,
            CASE WHEN numbers.fuel_used_l BETWEEN 0 AND 1e6 THEN numbers.fuel_used_l END AS fuel_used_l,
            CASE WHEN numbers.fuel_percent BETWEEN 0 AND 110 THEN numbers.fuel_percent END AS fuel_percent,
            CASE WHEN abs(numbers.power_w) <= 2e6 THEN numbers.power_w END AS power_w,
            CASE WHEN numbers.battery_percent BETWEEN 0 AND 100 THEN numbers.battery_percent END AS battery_percent,
            CASE WHEN numbers.coolant_temperature_c BETWEEN -100 AND 300 THEN numbers.coolant_temperature_c END
                AS coolant_temperature_c,
            CASE WHEN numbers.outside_temperature_c BETWEEN -90 AND 90 THEN numbers.outside_temperature_c END
                AS outside_temperature_c,
            CASE WHEN numbers.charging_power_w BETWEEN 0 AND 2e6 THEN numbers.charging_power_w END AS charging_power_w,
            CASE WHEN numbers.charged_wh BETWEEN 0 AND 1e9 THEN numbers.charged_wh END AS charged_wh
        FROM numbers
        OFFSET 0
    ),
    judged AS (
        SELECT
            plausible.*,
            CASE
                WHEN plausible.speed_kmh > 0 OR plausible.gear IN ('D', 'R', 'N') OR plausible.mode = 'driving'
                  OR plausible.engine_rpm > 0
                  OR plausible.speed_kmh IS NULL AND plausible.fix_kmh >= walking_kmh THEN 3
                WHEN plausible.charging_power_w > 0 OR plausible.mode = 'charging' THEN 2
                WHEN plausible.ignition = 'true' AND plausible.engine_rpm IS DISTINCT FROM 0 THEN 3
                WHEN plausible.speed_kmh = 0 OR plausible.engine_rpm = 0 OR plausible.ignition = 'false'
                  OR plausible.gear = 'P' OR plausible.mode <> '' THEN 1
            END AS rank
        FROM plausible
        OFFSET 0
    ),
    merged AS (
        INSERT INTO iot_personal_hub.car_readings AS reading (
            device_id, read_at, says, fix_time, speed_kmh, engine_rpm, odometer_km, fuel_rate_lh, fuel_used_l,
            fuel_percent, power_w, battery_percent, coolant_temperature_c, outside_temperature_c, charging_power_w,
            charged_wh)
        SELECT
            p_device_id, judged.read_at,
            CASE max(judged.rank) WHEN 3 THEN 'driving' WHEN 2 THEN 'charging' WHEN 1 THEN 'standing' END,
            max(iot_personal_hub.fix_time(
                iot_personal_hub.instant(iot_personal_hub.number_of(judged.fix_timestamp)), judged.read_at))
                FILTER (WHERE judged.has_fix AND judged.rank IS NULL),
            coalesce(max(judged.speed_kmh), max(judged.fix_kmh)),
            max(judged.engine_rpm), max(judged.odometer_km), max(judged.fuel_rate_lh), max(judged.fuel_used_l),
            max(judged.fuel_percent), max(judged.power_w), max(judged.battery_percent),
            max(judged.coolant_temperature_c), max(judged.outside_temperature_c), max(judged.charging_power_w),
            max(judged.charged_wh)
        FROM judged
        WHERE coalesce(
            judged.rank, judged.odometer_km, judged.fuel_rate_lh, judged.fuel_used_l, judged.fuel_percent,
            judged.power_w, judged.battery_percent, judged.coolant_temperature_c, judged.outside_temperature_c,
            judged.charging_power_w, judged.charged_wh, judged.fix_kmh) IS NOT NULL
           OR judged.has_fix
        GROUP BY judged.read_at
        ON CONFLICT (device_id, read_at) DO UPDATE SET
            (says, fix_time, speed_kmh, engine_rpm, odometer_km, fuel_rate_lh, fuel_used_l, fuel_percent, power_w,
             battery_percent, coolant_temperature_c, outside_temperature_c, charging_power_w, charged_wh) = (
                excluded.says, excluded.fix_time, excluded.speed_kmh, excluded.engine_rpm, excluded.odometer_km,
                excluded.fuel_rate_lh, excluded.fuel_used_l, excluded.fuel_percent, excluded.power_w,
                excluded.battery_percent, excluded.coolant_temperature_c, excluded.outside_temperature_c,
                excluded.charging_power_w, excluded.charged_wh)
        WHERE (reading.says, reading.fix_time, reading.speed_kmh, reading.engine_rpm, reading.odometer_km,
               reading.fuel_rate_lh, reading.fuel_used_l, reading.fuel_percent, reading.power_w, reading.battery_percent,
               reading.coolant_temperature_c, reading.outside_temperature_c, reading.charging_power_w, reading.charged_wh)
            IS DISTINCT FROM
              (excluded.says, excluded.fix_time, excluded.speed_kmh, excluded.engine_rpm, excluded.odometer_km,
               excluded.fuel_rate_lh, excluded.fuel_used_l, excluded.fuel_percent, excluded.power_w,
               excluded.battery_percent, excluded.coolant_temperature_c, excluded.outside_temperature_c,
               excluded.charging_power_w, excluded.charged_wh)
        RETURNING reading.read_at
    )
    SELECT min(merged.read_at), max(merged.read_at)
    INTO changed_since, changed_until
    FROM merged;
END
$$;
