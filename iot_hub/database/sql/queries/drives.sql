-- name: make_drive_correction
INSERT INTO iot_personal_hub.drive_corrections (device_id, kind, since, until, name, purpose)
VALUES (
    %(device_id)s, %(kind)s, %(since)s::timestamptz, %(until)s::timestamptz, %(name)s::text, %(purpose)s::text)
RETURNING id;

-- name: undo_drive_correction
-- One row: the correction that is undone; none where there is nothing to undo. Without a number the newest that holds.
UPDATE iot_personal_hub.drive_corrections AS correction
SET undone_at = now()
WHERE correction.undone_at IS NULL
  AND correction.id = coalesce(%(id)s::integer, (
      SELECT max(newest.id) FROM iot_personal_hub.drive_corrections AS newest WHERE newest.undone_at IS NULL))
RETURNING correction.id, correction.device_id, correction.kind, correction.since, correction.until;

-- name: list_drive_corrections
-- The newest first.
SELECT
    correction.id,
    correction.device_id,
    device.name AS device,
    correction.kind,
    correction.since,
    correction.until,
    correction.name,
    correction.purpose,
    correction.made_at,
    correction.undone_at
FROM iot_personal_hub.drive_corrections AS correction
LEFT JOIN iot_personal_hub.dim_devices AS device ON device.id = correction.device_id
WHERE %(devices)s::integer[] IS NULL OR correction.device_id = ANY (%(devices)s::integer[])
ORDER BY correction.id DESC
LIMIT %(most)s;

-- name: settle_drive_correction
SELECT iot_personal_hub.settle_drive_correction(
    %(device_id)s::integer, %(since)s::timestamptz, %(until)s::timestamptz) AS is_derived;

-- name: archived_drive_corrections
SELECT to_jsonb(correction)::text AS archived
FROM iot_personal_hub.drive_corrections AS correction
ORDER BY correction.id;

-- name: restore_drive_corrections
INSERT INTO iot_personal_hub.drive_corrections (
    device_id, id, kind, since, until, name, purpose, made_at, undone_at)
OVERRIDING SYSTEM VALUE
SELECT
    archived.device_id, archived.id, archived.kind, archived.since, archived.until, archived.name, archived.purpose,
    archived.made_at, archived.undone_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.drive_corrections, %(rows)s::jsonb) AS archived;

-- name: drives
-- Oldest first, those that touch a stretch of time.
SELECT
    drive.device_id, drive.starts, drive.ends, drive.duration_s, drive.name, drive.purpose,
    drive.start_place, drive.end_place,
    drive.distance_m, drive.distance_by, drive.idle_s, drive.mean_kmh, drive.top_kmh, drive.climbed_m,
    drive.fuel_l AS "fuel_L", drive.fuel_l_100km AS "fuel_L_100km",
    drive.energy_wh AS "energy_Wh", drive.energy_wh_km AS "energy_Wh_km",
    drive.odometer_start_km, drive.odometer_end_km, drive.battery_start_percent, drive.battery_end_percent,
    drive.fuel_start_percent, drive.fuel_end_percent,
    drive.outside_temperature_c AS "outside_temperature_C", drive.coolant_max_c AS "coolant_max_C",
    drive.start_latitude, drive.start_longitude, drive.end_latitude, drive.end_longitude, drive.readings
FROM iot_personal_hub.named_drives AS drive
WHERE (%(devices)s::integer[] IS NULL OR drive.device_id = ANY (%(devices)s::integer[]))
  AND (%(since)s::timestamptz IS NULL OR drive.ends >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR drive.starts < %(until)s::timestamptz)
ORDER BY drive.starts, drive.device_id
LIMIT %(limit)s;

-- name: charges
-- Oldest first, those that touch a stretch of time.
SELECT
    charge.device_id, charge.starts, charge.ends,
    charge.energy_wh AS "energy_Wh", charge.top_power_w AS "top_power_W",
    charge.battery_start_percent, charge.battery_end_percent,
    charge.outside_temperature_c AS "outside_temperature_C", charge.odometer_km,
    charge.latitude, charge.longitude, charge.readings
FROM iot_personal_hub.charges AS charge
WHERE (%(devices)s::integer[] IS NULL OR charge.device_id = ANY (%(devices)s::integer[]))
  AND (%(since)s::timestamptz IS NULL OR charge.ends >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR charge.starts < %(until)s::timestamptz)
ORDER BY charge.starts, charge.device_id
LIMIT %(limit)s;

-- name: car_series
-- What a car reported between two instants, the mean of each step of time that has something.
WITH steps AS (
    SELECT date_bin(%(step)s::interval, reading.read_at, %(since)s::timestamptz) AS at,
        avg(reading.speed_kmh) AS speed_kmh,
        avg(reading.engine_rpm) AS engine_rpm,
        avg(reading.coolant_temperature_c) AS coolant_temperature_c,
        avg(reading.outside_temperature_c) AS outside_temperature_c,
        avg(reading.fuel_rate_lh) AS fuel_rate_lh,
        avg(reading.fuel_percent) AS fuel_percent,
        avg(reading.power_w) AS power_w,
        avg(reading.battery_percent) AS battery_percent,
        avg(reading.charging_power_w) AS charging_power_w,
        max(reading.odometer_km) AS odometer_km
    FROM iot_personal_hub.car_readings AS reading
    WHERE reading.device_id = %(device_id)s
      AND reading.read_at >= %(since)s::timestamptz
      AND reading.read_at < %(until)s::timestamptz
    GROUP BY 1
),
heights AS (
    SELECT date_bin(%(step)s::interval, fix.location_time, %(since)s::timestamptz) AS at, avg(fix.altitude_m) AS altitude_m
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = %(device_id)s
      AND fix.location_time >= %(since)s::timestamptz
      AND fix.location_time < %(until)s::timestamptz
      AND fix.altitude_m IS NOT NULL
      AND fix.outlier IS NULL
    GROUP BY 1
)
SELECT
    coalesce(steps.at, heights.at) AS time,
    round(steps.speed_kmh::numeric, 1)::double precision AS speed_kmh,
    round(steps.engine_rpm::numeric)::double precision AS engine_rpm,
    round(steps.coolant_temperature_c::numeric, 1)::double precision AS "coolant_temperature_C",
    round(steps.outside_temperature_c::numeric, 1)::double precision AS "outside_temperature_C",
    round(steps.fuel_rate_lh::numeric, 2)::double precision AS "fuel_rate_Lh",
    round(steps.fuel_percent::numeric, 1)::double precision AS fuel_percent,
    round(steps.power_w::numeric)::double precision AS "power_W",
    round(steps.battery_percent::numeric, 1)::double precision AS battery_percent,
    round(steps.charging_power_w::numeric)::double precision AS "charging_power_W",
    steps.odometer_km,
    round(heights.altitude_m::numeric, 1)::double precision AS altitude_m
FROM steps
FULL JOIN heights ON heights.at = steps.at
ORDER BY 1;

-- name: preview_drive_correction
-- One row: the drives that a correction would concern, how far they are together, and on how many of the owner's days.
SELECT
    count(*) AS drives,
    sum(drive.distance_m) AS distance_m,
    count(DISTINCT (drive.starts AT TIME ZONE %(zone)s::text)::date) AS days
FROM iot_personal_hub.drives AS drive
WHERE drive.device_id = %(device_id)s
  AND CASE %(kind)s::text
      WHEN 'split' THEN drive.starts < %(since)s::timestamptz AND drive.ends > %(since)s::timestamptz
      WHEN 'merge' THEN drive.starts <= %(until)s::timestamptz AND drive.ends >= %(since)s::timestamptz
      ELSE 2 * (least(%(until)s::timestamptz, drive.ends) - greatest(%(since)s::timestamptz, drive.starts))
          > drive.ends - drive.starts
      END;
