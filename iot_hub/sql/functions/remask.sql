-- An area drawn today hides yesterday too: after any change of the areas, every known fix is
-- judged again and the private hours are made anew, in the transaction of the change.
CREATE OR REPLACE FUNCTION iot_personal_hub.remask()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- No refresh may judge a fix by the old areas and commit after us.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), device.id)
    FROM (SELECT id FROM iot_personal_hub.dim_devices ORDER BY id) AS device;

    UPDATE iot_personal_hub.locations AS location
    SET private = NOT location.private
    WHERE location.private
       <> iot_personal_hub.is_private(location.latitude, location.longitude, location.uncertainty_m);

    DELETE FROM iot_personal_hub.private_hours AS hidden WHERE NOT hidden.permanent;

    INSERT INTO iot_personal_hub.private_hours (device_id, date_hour)
    SELECT DISTINCT location.device_id, touched.date_hour
    FROM iot_personal_hub.locations AS location
    CROSS JOIN LATERAL iot_personal_hub.hours_of_location(
        location.location_time, location.first_reported, location.last_reported
    ) AS touched (date_hour)
    WHERE location.private
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER dim_blocked_areas_remask
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON iot_personal_hub.dim_blocked_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.remask();
