-- What is due for a car, one row per reminder: how many kilometres are left by the newest odometer reading of
-- drives, charges and the fuel log, and how many days: until its date, or until the car has gone so far as it did a day in the
-- last 90 days, whichever is first.
CREATE OR REPLACE FUNCTION iot_personal_hub.services_due(p_device_id integer, p_today date)
RETURNS TABLE (
    id integer, name text, every_km double precision, every_months integer, done_on date, done_at_km double precision,
    odometer_km double precision, km_left double precision, due_on date, days_left integer)
LANGUAGE sql STABLE
AS $$
    WITH read AS (
        -- Of drives and charges: what derives them leaves glitches out.
        (SELECT drive.ends AS read_at, drive.odometer_end_km AS km
         FROM iot_personal_hub.drives AS drive
         WHERE drive.device_id = p_device_id AND drive.odometer_end_km IS NOT NULL AND drive.starts <= now()
         ORDER BY drive.starts DESC
         LIMIT 1)
        UNION ALL
        (SELECT charge.starts, charge.odometer_km
         FROM iot_personal_hub.charges AS charge
         WHERE charge.device_id = p_device_id AND charge.odometer_km IS NOT NULL AND charge.starts <= now()
         ORDER BY charge.starts DESC
         LIMIT 1)
        UNION ALL
        (SELECT refuel.refuelled_at, refuel.odometer_km
         FROM iot_personal_hub.refuels AS refuel
         WHERE refuel.device_id = p_device_id
           AND refuel.removed_at IS NULL
           AND refuel.odometer_km IS NOT NULL
           AND refuel.refuelled_at <= now()
         ORDER BY refuel.refuelled_at DESC
         LIMIT 1)
    ),
    newest AS (
        SELECT (SELECT read.km FROM read ORDER BY read.read_at DESC LIMIT 1) AS km
    ),
    pace AS (
        SELECT sum(drive.distance_m) / 1000 / 90 AS km_a_day
        FROM iot_personal_hub.drives AS drive
        WHERE drive.device_id = p_device_id
          AND drive.starts >= p_today - 90
    ),
    reminders AS (
        SELECT
            reminder.id, reminder.name, reminder.every_km, reminder.every_months, reminder.done_on, reminder.done_at_km,
            newest.km AS odometer_km,
            round((reminder.done_at_km + reminder.every_km - newest.km)::numeric, 1)::double precision AS km_left,
            CASE WHEN reminder.every_months IS NOT NULL THEN
                least(reminder.done_on + make_interval(months => reminder.every_months), '9999-12-31')::date END AS due_on,
            pace.km_a_day
        FROM iot_personal_hub.service_reminders AS reminder
        CROSS JOIN newest
        CROSS JOIN pace
        WHERE reminder.device_id = p_device_id
          AND reminder.removed_at IS NULL
    )
    SELECT
        reminders.id, reminders.name, reminders.every_km, reminders.every_months, reminders.done_on, reminders.done_at_km,
        reminders.odometer_km, reminders.km_left, reminders.due_on,
        least(
            reminders.due_on - p_today,
            -- A car that stands still reaches no distance.
            CASE WHEN reminders.km_left <= 0 THEN 0
                 WHEN reminders.km_a_day > 0 THEN floor(least(reminders.km_left / reminders.km_a_day, 36500))::integer END
        ) AS days_left
    FROM reminders
$$;
