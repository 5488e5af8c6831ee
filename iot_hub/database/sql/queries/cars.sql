-- The page Car: a car's drives and charges by month, and what its owner writes down by hand.

-- name: cars
-- One row per device that has drives, charges or a fuel log; the one that was used last comes first.
WITH used AS (
    SELECT drive.device_id, min(drive.starts) AS first, max(drive.ends) AS last
    FROM iot_personal_hub.drives AS drive
    GROUP BY drive.device_id
    UNION ALL
    SELECT charge.device_id, min(charge.starts), max(charge.ends)
    FROM iot_personal_hub.charges AS charge
    GROUP BY charge.device_id
    UNION ALL
    SELECT refuel.device_id, min(refuel.refuelled_at), max(refuel.refuelled_at)
    FROM iot_personal_hub.refuels AS refuel
    WHERE refuel.removed_at IS NULL
    GROUP BY refuel.device_id
)
SELECT device.id AS device_id, device.name, min(used.first) AS starts, max(used.last) AS ends
FROM used
JOIN iot_personal_hub.dim_devices AS device ON device.id = used.device_id
GROUP BY device.id
ORDER BY max(used.last) DESC, device.id;

-- name: add_refuel
INSERT INTO iot_personal_hub.refuels (device_id, refuelled_at, litres, odometer_km, cost, is_full, note)
VALUES (
    %(device_id)s, %(refuelled_at)s, %(litres)s, %(odometer_km)s, %(cost)s, %(is_full)s, nullif(btrim(%(note)s::text), ''))
RETURNING id;

-- name: odometer_around
-- What the fuel log's odometer readings before and after a time are.
SELECT
    (SELECT refuel.odometer_km
     FROM iot_personal_hub.refuels AS refuel
     WHERE refuel.device_id = %(device_id)s
       AND refuel.removed_at IS NULL
       AND refuel.odometer_km IS NOT NULL
       AND refuel.refuelled_at < %(refuelled_at)s::timestamptz
     ORDER BY refuel.refuelled_at DESC, refuel.odometer_km DESC
     LIMIT 1) AS before_km,
    (SELECT refuel.odometer_km
     FROM iot_personal_hub.refuels AS refuel
     WHERE refuel.device_id = %(device_id)s
       AND refuel.removed_at IS NULL
       AND refuel.odometer_km IS NOT NULL
       AND refuel.refuelled_at > %(refuelled_at)s::timestamptz
     ORDER BY refuel.refuelled_at, refuel.odometer_km
     LIMIT 1) AS after_km;

-- name: list_refuels
-- One row per line of the fuel log, newest first. Of a full tank: how far the car has gone since the full one before it,
-- and what it used. A tank whose odometer was not written down parts nothing; what was bought then counts for the next.
WITH kept AS (
    SELECT
        refuel.*,
        count(*) FILTER (WHERE refuel.is_full AND refuel.odometer_km IS NOT NULL) OVER later AS tank
    FROM iot_personal_hub.refuels AS refuel
    WHERE refuel.device_id = %(device)s
      AND refuel.removed_at IS NULL
    -- Of a day without times of day: in the order of the odometer.
    WINDOW later AS (ORDER BY refuel.refuelled_at DESC, refuel.odometer_km DESC NULLS LAST, refuel.id DESC)
),
tanks AS (
    SELECT kept.tank, sum(kept.litres) AS litres, max(kept.odometer_km) FILTER (WHERE kept.is_full) AS odometer_km
    FROM kept
    GROUP BY kept.tank
),
driven AS (
    SELECT
        tanks.tank, tanks.litres,
        -- Numbered from the newest: the full tank before this one has the next number.
        tanks.odometer_km - lead(tanks.odometer_km) OVER (ORDER BY tanks.tank) AS km
    FROM tanks
)
SELECT
    kept.id, kept.refuelled_at, kept.litres, kept.odometer_km, kept.cost, kept.is_full, kept.note,
    CASE WHEN driven.km > 0 THEN driven.km END AS driven_km,
    round((CASE WHEN driven.km > 0 THEN 100 * driven.litres / driven.km END)::numeric, 2)::double precision
        AS litres_per_100_km
FROM kept
LEFT JOIN driven ON driven.tank = kept.tank AND kept.is_full AND kept.odometer_km IS NOT NULL
ORDER BY kept.refuelled_at DESC, kept.odometer_km DESC NULLS LAST, kept.id DESC;

-- name: remove_refuel
UPDATE iot_personal_hub.refuels AS refuel
SET removed_at = now()
WHERE refuel.device_id = %(device)s AND refuel.id = %(id)s AND refuel.removed_at IS NULL
RETURNING refuel.id;

-- name: restore_refuel
UPDATE iot_personal_hub.refuels AS refuel
SET removed_at = NULL
WHERE refuel.device_id = %(device)s AND refuel.id = %(id)s
RETURNING refuel.id;

-- name: add_electricity_price
INSERT INTO iot_personal_hub.electricity_prices (place_id, since, price_per_kWh)
VALUES (%(place)s, %(since)s, %(price)s)
RETURNING id;

-- name: list_electricity_prices
SELECT price.id, price.place_id, place.name AS place, price.since, price.price_per_kWh AS price_per_kwh
FROM iot_personal_hub.electricity_prices AS price
LEFT JOIN iot_personal_hub.places AS place ON place.id = price.place_id
WHERE price.removed_at IS NULL
ORDER BY place.name NULLS FIRST, price.since DESC, price.id DESC;

-- name: remove_electricity_price
UPDATE iot_personal_hub.electricity_prices AS price
SET removed_at = now()
WHERE price.id = %(id)s AND price.removed_at IS NULL
RETURNING price.id;

-- name: add_service_reminder
INSERT INTO iot_personal_hub.service_reminders (device_id, name, every_km, every_months, done_on, done_at_km)
VALUES (%(device_id)s, btrim(%(name)s), %(every_km)s, %(every_months)s, %(done_on)s, %(done_at_km)s)
RETURNING id;

-- name: services_due
-- One row per reminder of a car, the soonest first.
SELECT
    due.id, due.name, due.every_km, due.every_months, due.done_on, due.done_at_km, due.odometer_km, due.km_left, due.due_on,
    due.days_left
FROM iot_personal_hub.services_due(%(device)s, %(today)s::date) AS due
ORDER BY due.days_left NULLS LAST, due.name, due.id;

-- name: mark_service_done
UPDATE iot_personal_hub.service_reminders AS reminder
SET done_on = %(done_on)s, done_at_km = coalesce(%(done_at_km)s, reminder.done_at_km)
WHERE reminder.device_id = %(device)s AND reminder.id = %(id)s AND reminder.removed_at IS NULL
RETURNING reminder.id;

-- name: remove_service_reminder
UPDATE iot_personal_hub.service_reminders AS reminder
SET removed_at = now()
WHERE reminder.device_id = %(device)s AND reminder.id = %(id)s AND reminder.removed_at IS NULL
RETURNING reminder.id;

-- name: car_months
-- One row per month of the owner's time zone that has a drive, a charge or fuel bought, newest first. A drive, and a charge,
-- counts where it starts. Fuel and energy for 100 km are of drives of which they are known.
WITH driven AS (
    SELECT
        date_trunc('month', drive.starts AT TIME ZONE %(zone)s::text)::date AS month,
        count(*)::integer AS drives,
        sum(drive.distance_m) AS distance_m,
        sum(date_part('epoch', drive.ends - drive.starts))::integer AS duration_s,
        sum(drive.idle_s)::integer AS idle_s,
        sum(drive.fuel_l) AS fuel_l,
        sum(drive.distance_m) FILTER (WHERE drive.fuel_l IS NOT NULL) AS fuel_m,
        sum(drive.energy_wh) AS energy_wh,
        sum(drive.distance_m) FILTER (WHERE drive.energy_wh IS NOT NULL) AS energy_m
    -- Names, purposes and places of all drives of all years would be looked up for nothing.
    FROM iot_personal_hub.drives AS drive
    WHERE drive.device_id = %(device)s
    GROUP BY 1
),
charged AS (
    SELECT
        date_trunc('month', charge.starts AT TIME ZONE %(zone)s::text)::date AS month,
        count(*)::integer AS charges,
        sum(charge.energy_wh) AS charged_wh,
        sum(charge.cost) AS cost
    FROM iot_personal_hub.priced_charges AS charge
    WHERE charge.device_id = %(device)s
    GROUP BY 1
),
refuelled AS (
    SELECT
        date_trunc('month', refuel.refuelled_at AT TIME ZONE %(zone)s::text)::date AS month,
        sum(refuel.litres) AS litres,
        sum(refuel.cost) AS cost
    FROM iot_personal_hub.refuels AS refuel
    WHERE refuel.device_id = %(device)s AND refuel.removed_at IS NULL
    GROUP BY 1
)
SELECT
    month,
    coalesce(driven.drives, 0) AS drives, driven.distance_m, driven.duration_s, driven.idle_s,
    driven.fuel_l, driven.fuel_m, driven.energy_wh, driven.energy_m,
    coalesce(charged.charges, 0) AS charges, charged.charged_wh, charged.cost AS charging_cost,
    refuelled.litres, refuelled.cost AS fuel_cost
FROM driven
FULL JOIN charged USING (month)
FULL JOIN refuelled USING (month)
ORDER BY month DESC;

-- name: car_drives
-- The drives of a car that start in a range, newest first.
SELECT drive.*
FROM iot_personal_hub.named_drives AS drive
WHERE drive.device_id = %(device)s
  AND drive.starts >= %(since)s::timestamptz
  AND drive.starts < %(until)s::timestamptz
ORDER BY drive.starts DESC;

-- name: logbook_drives
-- The drives of a car that start in a range, oldest first, as a logbook has them.
SELECT
    drive.starts, drive.ends, drive.start_place AS start_name, drive.end_place AS end_name, drive.name,
    drive.odometer_start_km, drive.odometer_end_km, drive.distance_m, drive.purpose
FROM iot_personal_hub.named_drives AS drive
WHERE drive.device_id = %(device)s
  AND drive.starts >= %(since)s::timestamptz
  AND drive.starts < %(until)s::timestamptz
ORDER BY drive.starts;

-- name: car_charges
-- The charges of a car that start in a range, newest first.
SELECT charge.*
FROM iot_personal_hub.priced_charges AS charge
WHERE charge.device_id = %(device)s
  AND charge.starts >= %(since)s::timestamptz
  AND charge.starts < %(until)s::timestamptz
ORDER BY charge.starts DESC;

-- name: car_consumption
-- What drives of 2 km or more in a range used, and how warm it was outside.
SELECT drive.starts, drive.distance_m, drive.outside_temperature_c, drive.fuel_l_100km, drive.energy_wh_km
FROM iot_personal_hub.named_drives AS drive
WHERE drive.device_id = %(device)s
  AND drive.starts >= %(since)s::timestamptz
  AND drive.starts < %(until)s::timestamptz
  AND drive.distance_m >= 2000
  AND drive.outside_temperature_c IS NOT NULL
  AND coalesce(drive.fuel_l_100km, drive.energy_wh_km) IS NOT NULL
ORDER BY drive.starts;

-- name: drive_way
-- The positions of a car between two instants, thinned to one every {step_s} seconds, with what it measured around each:
-- speed, altitude, and what it used at that speed. Fixes that are no outliers.
WITH spaced AS (
    SELECT DISTINCT ON (date_bin(make_interval(secs => %(step_s)s), location.location_time, %(since)s::timestamptz))
        location.location_time, location.latitude, location.longitude, location.altitude_m, location.speed_ms
    FROM iot_hub_owner.locations AS location
    WHERE location.device_id = %(device)s
      AND location.location_time >= %(since)s::timestamptz
      AND location.location_time <= %(until)s::timestamptz
    ORDER BY
        date_bin(make_interval(secs => %(step_s)s), location.location_time, %(since)s::timestamptz),
        location.location_time
)
SELECT
    spaced.location_time, spaced.latitude, spaced.longitude, spaced.altitude_m AS altitude,
    coalesce(read.speed_kmh, spaced.speed_ms * 3.6) AS speed,
    -- Below 5 km/h the quotient tells nothing.
    CASE WHEN read.speed_kmh >= 5 THEN read.fuel_rate_lh / read.speed_kmh * 100 END AS fuel,
    CASE WHEN read.speed_kmh >= 5 THEN read.power_w / read.speed_kmh END AS energy,
    read.outside_temperature_c AS temperature
FROM spaced
LEFT JOIN LATERAL (
    SELECT
        avg(reading.speed_kmh) AS speed_kmh, avg(reading.fuel_rate_lh) AS fuel_rate_lh, avg(reading.power_w) AS power_w,
        avg(reading.outside_temperature_c) AS outside_temperature_c
    FROM iot_personal_hub.car_readings AS reading
    WHERE reading.device_id = %(device)s
      AND reading.read_at >= spaced.location_time - make_interval(secs => %(step_s)s + 2)
      AND reading.read_at <= spaced.location_time + make_interval(secs => %(step_s)s + 2)
) AS read ON true
ORDER BY spaced.location_time;

-- name: car_fault_codes
-- The newest report of a car's fault codes: stored and pending ones, and when they were read. Its hour is known by the
-- number of codes, so that no year of readings is searched.
SELECT
    raw.device_time AS read_at,
    string_to_array(coalesce(raw.properties #>> '{vehicle,fault_codes}', ''), ' ') AS stored,
    string_to_array(coalesce(raw.properties #>> '{vehicle,pending_fault_codes}', ''), ' ') AS pending
FROM (
    SELECT agg.date_hour
    FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
    WHERE agg.device_id = %(device)s AND agg.metric = 'vehicle.fault_code_count'
    ORDER BY agg.date_hour DESC
    LIMIT 1
) AS newest
JOIN iot_personal_hub.raw_devices_properties AS raw
    ON raw.device_id = %(device)s
   AND raw.device_time >= newest.date_hour
   AND raw.device_time < newest.date_hour + interval '1 hour'
WHERE raw.properties #> '{vehicle,fault_code_count}' IS NOT NULL
ORDER BY raw.device_time DESC
LIMIT 1;

-- name: drive_at
-- The drive of a car that starts at an instant, or that it lies in: late readings move a drive's start.
SELECT drive.*
FROM iot_personal_hub.named_drives AS drive
WHERE drive.device_id = %(device)s
  AND drive.starts <= %(at)s::timestamptz
  AND drive.ends >= %(at)s::timestamptz
ORDER BY drive.starts DESC
LIMIT 1;

-- name: archived_refuels
SELECT to_jsonb(refuel)::text AS archived
FROM iot_personal_hub.refuels AS refuel
ORDER BY refuel.id;

-- name: restore_refuels
INSERT INTO iot_personal_hub.refuels (
    device_id, id, refuelled_at, litres, odometer_km, cost, is_full, note, made_at, removed_at)
OVERRIDING SYSTEM VALUE
SELECT
    archived.device_id, archived.id, archived.refuelled_at, archived.litres, archived.odometer_km, archived.cost,
    archived.is_full, archived.note, archived.made_at, archived.removed_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.refuels, %(rows)s::jsonb) AS archived;

-- name: archived_electricity_prices
SELECT to_jsonb(price)::text AS archived
FROM iot_personal_hub.electricity_prices AS price
ORDER BY price.id;

-- name: restore_electricity_prices
INSERT INTO iot_personal_hub.electricity_prices (id, place_id, since, price_per_kWh, made_at, removed_at)
OVERRIDING SYSTEM VALUE
SELECT archived.id, archived.place_id, archived.since, archived.price_per_kWh, archived.made_at, archived.removed_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.electricity_prices, %(rows)s::jsonb) AS archived;

-- name: archived_service_reminders
SELECT to_jsonb(reminder)::text AS archived
FROM iot_personal_hub.service_reminders AS reminder
ORDER BY reminder.id;

-- name: restore_service_reminders
INSERT INTO iot_personal_hub.service_reminders (
    device_id, id, name, every_km, every_months, done_on, done_at_km, made_at, removed_at)
OVERRIDING SYSTEM VALUE
SELECT
    archived.device_id, archived.id, archived.name, archived.every_km, archived.every_months, archived.done_on,
    archived.done_at_km, archived.made_at, archived.removed_at
FROM jsonb_populate_recordset(NULL::iot_personal_hub.service_reminders, %(rows)s::jsonb) AS archived;
