-- Takes from a car's events between two instants what drives and charges are derived from, a row per instant: an event
-- of the group vehicle, or one of TeslaMate, which sends each value alone. Returns between which instants readings have
-- changed.
--
-- What the car says that it does, the first of these that is there:
--   driving: it has a speed; D or R is in, or N with the ignition not off; its state is driving; the engine runs; or,
--     where it is silent on its speed and not off, the fix in the same event is faster than a walk.
--   charging: it has a charging power, or its state is charging.
--   driving: the ignition is on, and no engine is known to rest.
--   off: the ignition is off, P is in, its state is another one, or its engine rests and it says nothing of both.
--   standing: the speed or the engine's is 0. It may be in traffic.
-- The fix of a car that is off tells the speed of what carries it: a ferry, a tow truck.
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
    -- The values of the JSON, each taken out once.
    members AS (
        SELECT
            extracted.read_at, extracted.mode,
            extracted.vehicle -> 'speed_kmh' AS speed_kmh,
            extracted.vehicle -> 'engine_rpm' AS engine_rpm,
            extracted.vehicle -> 'odometer_km' AS odometer_km,
            extracted.vehicle -> 'fuel_rate_Lh' AS fuel_rate_lh,
            extracted.vehicle -> 'fuel_used_L' AS fuel_used_l,
            extracted.vehicle -> 'power_W' AS power_w,
            extracted.vehicle -> 'battery_percent' AS battery_percent,
            extracted.vehicle -> 'coolant_temperature_C' AS coolant_temperature_c,
            extracted.vehicle -> 'outside_temperature_C' AS outside_temperature_c,
            extracted.vehicle -> 'charging_power_W' AS charging_power_w,
            extracted.vehicle -> 'charged_Wh' AS charged_wh,
            coalesce(
                extracted.vehicle -> 'fuel_percent', extracted.vehicle -> 'fuel_level_percent',
                extracted.vehicle -> 'fuel') AS fuel_percent,
            extracted.vehicle ->> 'shift_state' AS gear,
            extracted.vehicle ->> 'ignition' AS ignition,
            extracted.location -> 'fix_speed_ms' AS fix_speed_ms,
            extracted.location -> 'latitude' IS NOT NULL AS has_fix,
            extracted.location -> 'fix_timestamp' AS fix_timestamp
        FROM extracted
        OFFSET 0
    ),
    numbers AS (
        SELECT
            member.read_at, member.ignition, member.has_fix, member.fix_timestamp,
            lower(member.mode) AS mode,
            upper(member.gear) AS gear,
            3.6 * iot_personal_hub.number_of(member.fix_speed_ms)::double precision AS fix_kmh,
            iot_personal_hub.number_of(member.fuel_percent)::double precision AS fuel_percent,
            iot_personal_hub.number_of(member.speed_kmh)::double precision AS speed_kmh,
            iot_personal_hub.number_of(member.engine_rpm)::double precision AS engine_rpm,
            iot_personal_hub.number_of(member.odometer_km)::double precision AS odometer_km,
            iot_personal_hub.number_of(member.fuel_rate_lh)::double precision AS fuel_rate_lh,
            iot_personal_hub.number_of(member.fuel_used_l)::double precision AS fuel_used_l,
            iot_personal_hub.number_of(member.power_w)::double precision AS power_w,
            iot_personal_hub.number_of(member.battery_percent)::double precision AS battery_percent,
            iot_personal_hub.number_of(member.coolant_temperature_c)::double precision AS coolant_temperature_c,
            iot_personal_hub.number_of(member.outside_temperature_c)::double precision AS outside_temperature_c,
            iot_personal_hub.number_of(member.charging_power_w)::double precision AS charging_power_w,
            iot_personal_hub.number_of(member.charged_wh)::double precision AS charged_wh
        FROM members AS member
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
    switched AS (
        SELECT
            plausible.*,
            coalesce(
                plausible.ignition = 'false'
                OR plausible.gear = 'P'
                OR plausible.mode NOT IN ('', 'driving')
                OR plausible.engine_rpm = 0 AND plausible.ignition IS NULL AND plausible.gear IS NULL,
                false) AS is_off
        FROM plausible
        OFFSET 0
    ),
    judged AS (
        SELECT
            switched.*,
            CASE WHEN NOT switched.is_off THEN switched.fix_kmh END AS driven_fix_kmh,
            CASE
                WHEN switched.speed_kmh > 0 OR switched.gear IN ('D', 'R') OR switched.mode = 'driving'
                  OR switched.gear = 'N' AND switched.ignition IS DISTINCT FROM 'false'
                  OR switched.engine_rpm > 0
                  OR switched.speed_kmh IS NULL AND NOT switched.is_off AND switched.fix_kmh >= walking_kmh THEN 4
                WHEN switched.charging_power_w > 0 OR switched.mode = 'charging' THEN 3
                WHEN switched.ignition = 'true' AND switched.engine_rpm IS DISTINCT FROM 0
                  AND NOT switched.is_off THEN 4
                WHEN switched.is_off THEN 2
                WHEN switched.speed_kmh = 0 OR switched.engine_rpm = 0 THEN 1
            END AS rank
        FROM switched
        OFFSET 0
    ),
    instants AS (
        SELECT
            judged.read_at,
            CASE max(judged.rank) WHEN 4 THEN 'driving' WHEN 3 THEN 'charging' WHEN 2 THEN 'off' WHEN 1 THEN 'standing' END
                AS says,
            max(iot_personal_hub.fix_time(
                iot_personal_hub.instant(iot_personal_hub.number_of(judged.fix_timestamp)), judged.read_at))
                FILTER (WHERE judged.has_fix AND judged.rank IS NULL) AS fix_time,
            coalesce(max(judged.speed_kmh), max(judged.driven_fix_kmh)) AS speed_kmh,
            max(judged.engine_rpm) AS engine_rpm,
            max(judged.odometer_km) AS odometer_km,
            max(judged.fuel_rate_lh) AS fuel_rate_lh,
            max(judged.fuel_used_l) AS fuel_used_l,
            max(judged.fuel_percent) AS fuel_percent,
            max(judged.power_w) AS power_w,
            max(judged.battery_percent) AS battery_percent,
            max(judged.coolant_temperature_c) AS coolant_temperature_c,
            max(judged.outside_temperature_c) AS outside_temperature_c,
            max(judged.charging_power_w) AS charging_power_w,
            max(judged.charged_wh) AS charged_wh
        FROM judged
        WHERE judged.has_fix
           OR judged.rank IS NOT NULL
           OR num_nonnulls(
                judged.fix_kmh, judged.odometer_km, judged.fuel_rate_lh, judged.fuel_used_l, judged.fuel_percent,
                judged.power_w, judged.battery_percent, judged.coolant_temperature_c, judged.outside_temperature_c,
                judged.charging_power_w, judged.charged_wh) > 0
        GROUP BY judged.read_at
    ),
    -- Of a live hour most is there already: a row that meets itself would be written again.
    news AS (
        SELECT instants.*
        FROM instants
        LEFT JOIN iot_personal_hub.car_readings AS present
            ON present.device_id = p_device_id AND present.read_at = instants.read_at
        WHERE present.read_at IS NULL
           OR (present.says, present.fix_time, present.speed_kmh, present.engine_rpm, present.odometer_km,
               present.fuel_rate_lh, present.fuel_used_l, present.fuel_percent, present.power_w,
               present.battery_percent, present.coolant_temperature_c, present.outside_temperature_c,
               present.charging_power_w, present.charged_wh)
            IS DISTINCT FROM
              (instants.says, instants.fix_time, instants.speed_kmh, instants.engine_rpm, instants.odometer_km,
               instants.fuel_rate_lh, instants.fuel_used_l, instants.fuel_percent, instants.power_w,
               instants.battery_percent, instants.coolant_temperature_c, instants.outside_temperature_c,
               instants.charging_power_w, instants.charged_wh)
    ),
    merged AS (
        INSERT INTO iot_personal_hub.car_readings AS reading (
            device_id, read_at,
            says, fix_time, speed_kmh, engine_rpm, odometer_km, fuel_rate_lh, fuel_used_l, fuel_percent, power_w,
            battery_percent, coolant_temperature_c, outside_temperature_c, charging_power_w, charged_wh)
        SELECT
            p_device_id, news.read_at,
            news.says, news.fix_time, news.speed_kmh, news.engine_rpm, news.odometer_km, news.fuel_rate_lh,
            news.fuel_used_l, news.fuel_percent, news.power_w, news.battery_percent, news.coolant_temperature_c,
            news.outside_temperature_c, news.charging_power_w, news.charged_wh
        FROM news
        ON CONFLICT (device_id, read_at) DO UPDATE SET
            (says, fix_time, speed_kmh, engine_rpm, odometer_km, fuel_rate_lh, fuel_used_l, fuel_percent, power_w,
             battery_percent, coolant_temperature_c, outside_temperature_c, charging_power_w, charged_wh) = (
             excluded.says, excluded.fix_time, excluded.speed_kmh, excluded.engine_rpm, excluded.odometer_km,
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
