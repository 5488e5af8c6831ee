-- Drives with what their owner calls them, and what they used for 100 km: the owner's alone.
--
-- A name or a purpose is of a drive of which more than half is in its stretch of time; the newest counts. A place is one of
-- the address book at the drive's end; else the city of the stay there, if the car's fixes make one.
CREATE OR REPLACE VIEW iot_personal_hub.named_drives AS
SELECT
    drive.device_id, drive.starts, drive.ends, drive.distance_m, drive.distance_by, drive.idle_s, drive.mean_kmh,
    drive.top_kmh, drive.climbed_m, drive.fuel_l, drive.energy_wh, drive.odometer_start_km, drive.odometer_end_km,
    drive.battery_start_percent, drive.battery_end_percent, drive.fuel_start_percent, drive.fuel_end_percent,
    drive.outside_temperature_c, drive.coolant_max_c, drive.start_latitude, drive.start_longitude, drive.end_latitude,
    drive.end_longitude, drive.readings,
    date_part('epoch', drive.ends - drive.starts)::integer AS duration_s,
    -- Of less than half a kilometre it tells nothing.
    round((CASE WHEN drive.distance_m >= 500 THEN drive.fuel_l / drive.distance_m * 100000 END)::numeric, 2)::double precision
        AS fuel_l_100km,
    round((CASE WHEN drive.distance_m >= 500 THEN drive.energy_wh / drive.distance_m * 1000 END)::numeric, 1)::double precision
        AS energy_wh_km,
    named.name,
    given.purpose,
    coalesce(start_place.name, left_stay.city) AS start_place,
    coalesce(end_place.name, next_stay.city) AS end_place
FROM iot_personal_hub.drives AS drive
LEFT JOIN LATERAL (
    SELECT correction.name
    FROM iot_personal_hub.drive_corrections AS correction
    WHERE correction.device_id = drive.device_id
      AND correction.kind = 'name'
      -- As the index says it.
      AND correction.kind IN ('name', 'purpose')
      AND correction.undone_at IS NULL
      AND tstzrange(correction.since, correction.until) && tstzrange(drive.starts, drive.ends)
      AND 2 * (least(correction.until, drive.ends) - greatest(correction.since, drive.starts)) > drive.ends - drive.starts
    ORDER BY correction.id DESC
    LIMIT 1
) AS named ON true
LEFT JOIN LATERAL (
    SELECT correction.purpose
    FROM iot_personal_hub.drive_corrections AS correction
    WHERE correction.device_id = drive.device_id
      AND correction.kind = 'purpose'
      AND correction.kind IN ('name', 'purpose')
      AND correction.undone_at IS NULL
      AND tstzrange(correction.since, correction.until) && tstzrange(drive.starts, drive.ends)
      AND 2 * (least(correction.until, drive.ends) - greatest(correction.since, drive.starts)) > drive.ends - drive.starts
    ORDER BY correction.id DESC
    LIMIT 1
) AS given ON true
LEFT JOIN iot_personal_hub.places AS start_place
    ON start_place.id = iot_personal_hub.place_at(drive.start_latitude, drive.start_longitude)
LEFT JOIN iot_personal_hub.places AS end_place
    ON end_place.id = iot_personal_hub.place_at(drive.end_latitude, drive.end_longitude)
LEFT JOIN LATERAL (
    SELECT named_stay.city
    FROM (
        SELECT journey.starts, journey.kind, journey.latitude, journey.longitude
        FROM iot_personal_hub.journeys AS journey
        WHERE journey.device_id = drive.device_id AND journey.kind = 'stay' AND journey.starts <= drive.starts
        ORDER BY journey.starts DESC
        LIMIT 1
    ) AS stay
    JOIN iot_personal_hub.journey_places AS named_stay
        ON named_stay.device_id = drive.device_id AND named_stay.starts = stay.starts
    WHERE iot_personal_hub.great_circle_m(
        stay.latitude, stay.longitude, drive.start_latitude, drive.start_longitude) <= 2000
) AS left_stay ON true
LEFT JOIN LATERAL (
    SELECT named_stay.city
    FROM (
        SELECT journey.starts, journey.latitude, journey.longitude
        FROM iot_personal_hub.journeys AS journey
        WHERE journey.device_id = drive.device_id
          AND journey.kind = 'stay'
          -- Fixes end before the readings, or after them.
          AND journey.starts >= drive.ends - interval '15 minutes'
          AND journey.starts <= drive.ends + interval '1 hour'
        ORDER BY journey.starts
        LIMIT 1
    ) AS stay
    JOIN iot_personal_hub.journey_places AS named_stay
        ON named_stay.device_id = drive.device_id AND named_stay.starts = stay.starts
    WHERE iot_personal_hub.great_circle_m(
        stay.latitude, stay.longitude, drive.end_latitude, drive.end_longitude) <= 2000
) AS next_stay ON true;
COMMENT ON VIEW iot_personal_hub.named_drives IS
    'One row per drive of a car, after what its owner has merged and split, with its name, its purpose and the places where it began and ended. NULL: not known, or not given.';
