-- An area drawn today masks yesterday too. The transaction that changes the areas hides every published reading, of all
-- devices alike, and notes that each device's history has to be judged again. mask_next_fixes() does that in steps;
-- finish_masking() shows the rest again. Until then what was hidden stays hidden.
--
-- It takes no device's refresh lock, so it waits for no refresh. One that began before may check fixes against the old
-- areas, and publish them, until it commits: nobody sees that, and the device's first step waits for it.
CREATE OR REPLACE FUNCTION iot_personal_hub.start_masking()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    latitudes double precision[];
    longitudes double precision[];
    radii double precision[];
    is_first boolean := false;
    is_last boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(area.zone_latitude), array_agg(area.zone_longitude), array_agg(area.zone_radius_m)
        INTO latitudes, longitudes, radii
        FROM new_areas AS area;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(area.zone_latitude), array_agg(area.zone_longitude), array_agg(area.zone_radius_m)
        INTO latitudes, longitudes, radii
        FROM old_areas AS area;
    ELSIF TG_OP = 'UPDATE' THEN
        -- Another name changes no zone.
        SELECT array_agg(zone.latitude), array_agg(zone.longitude), array_agg(zone.radius_m)
        INTO latitudes, longitudes, radii
        FROM old_areas AS former
        FULL JOIN new_areas AS area ON area.id = former.id
        CROSS JOIN LATERAL (VALUES
            (former.zone_latitude, former.zone_longitude, former.zone_radius_m),
            (area.zone_latitude, area.zone_longitude, area.zone_radius_m)) AS zone (latitude, longitude, radius_m)
        WHERE zone.radius_m IS NOT NULL
          AND (former.polygon, former.reach_m, former.shift_east_m, former.shift_north_m, former.zone_radius_m)
              IS DISTINCT FROM (area.polygon, area.reach_m, area.shift_east_m, area.shift_north_m, area.zone_radius_m);
    ELSE
        latitudes := '{0}';
        longitudes := '{0}';
        radii := '{1e9}';
    END IF;
    IF latitudes IS NULL THEN
        RETURN NULL;
    END IF;

    -- Also makes changes of the areas wait for each other: which one was the first is known only afterwards.
    UPDATE iot_personal_hub.published_settings SET readings_shown = false;

    -- The first area changes the rules for every published row, and so does the end of the last.
    SELECT TG_OP = 'INSERT' AND count(*) = cardinality(latitudes), count(*) = 0
    INTO is_first, is_last
    FROM iot_personal_hub.dim_blocked_areas AS area;

    INSERT INTO iot_personal_hub.changed_zones (latitude, longitude, radius_m)
    SELECT zone.latitude, zone.longitude, zone.radius_m
    FROM ROWS FROM (unnest(latitudes), unnest(longitudes), unnest(radii)) AS zone (latitude, longitude, radius_m);

    INSERT INTO iot_personal_hub.masking_jobs AS job (device_id, withdraws, queues)
    SELECT device.id, is_first, is_first OR is_last
    FROM iot_personal_hub.dim_devices AS device
    ORDER BY device.id
    ON CONFLICT (device_id) DO UPDATE SET
        judged_until = excluded.judged_until,
        fixes = excluded.fixes,
        judged = excluded.judged,
        withdraws = job.withdraws OR excluded.withdraws,
        queues = job.queues OR excluded.queues,
        worked_at = excluded.worked_at;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER dim_blocked_areas_added
AFTER INSERT ON iot_personal_hub.dim_blocked_areas
REFERENCING NEW TABLE AS new_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.start_masking();

CREATE OR REPLACE TRIGGER dim_blocked_areas_changed
AFTER UPDATE ON iot_personal_hub.dim_blocked_areas
REFERENCING OLD TABLE AS old_areas NEW TABLE AS new_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.start_masking();

CREATE OR REPLACE TRIGGER dim_blocked_areas_removed
AFTER DELETE ON iot_personal_hub.dim_blocked_areas
REFERENCING OLD TABLE AS old_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.start_masking();

CREATE OR REPLACE TRIGGER dim_blocked_areas_emptied
AFTER TRUNCATE ON iot_personal_hub.dim_blocked_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.start_masking();

DROP FUNCTION IF EXISTS iot_personal_hub.remask();
