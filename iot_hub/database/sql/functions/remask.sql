-- An area drawn today masks yesterday too: after a change of the areas, every fix that it can affect is checked again
-- and the private spans are recomputed, in the transaction of the change. What was hidden stays hidden until everything
-- that must be hidden is.
CREATE OR REPLACE FUNCTION iot_personal_hub.remask()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    latitudes double precision[];
    longitudes double precision[];
    radii double precision[];
    device record;
    changed record;
    spans record;
    is_first boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(area.zone_latitude), array_agg(area.zone_longitude), array_agg(area.zone_radius_m)
        INTO latitudes, longitudes, radii
        FROM new_areas AS area;

        is_first := cardinality(latitudes) = (SELECT count(*) FROM iot_personal_hub.dim_blocked_areas);
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(area.zone_latitude), array_agg(area.zone_longitude), array_agg(area.zone_radius_m)
        INTO latitudes, longitudes, radii
        FROM old_areas AS area;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(area.zone_latitude), array_agg(area.zone_longitude), array_agg(area.zone_radius_m)
        INTO latitudes, longitudes, radii
        FROM (SELECT * FROM old_areas UNION ALL SELECT * FROM new_areas) AS area;
    ELSE
        latitudes := '{0}';
        longitudes := '{0}';
        radii := '{1e9}';
    END IF;

    FOR device IN SELECT listed.id FROM iot_personal_hub.dim_devices AS listed ORDER BY listed.id LOOP
        -- No refresh may check a fix against the old areas and commit after us.
        PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), device.id);
        CONTINUE WHEN latitudes IS NULL;

        WITH near AS (
            SELECT location.location_time, location.latitude, location.longitude, location.private,
                   EXISTS (SELECT FROM iot_personal_hub.areas_containing(
                       location.latitude, location.longitude, location.uncertainty_m)) AS private_now
            FROM iot_personal_hub.locations AS location
            WHERE location.device_id = device.id
              AND EXISTS (
                  SELECT
                  FROM ROWS FROM (unnest(latitudes), unnest(longitudes), unnest(radii))
                      AS zone (latitude, longitude, radius_m)
                  WHERE iot_personal_hub.is_near_zone(
                      location.latitude, location.longitude, location.uncertainty_m,
                      zone.latitude, zone.longitude, zone.radius_m))
        ),
        judged AS (
            UPDATE iot_personal_hub.locations AS location
            SET private = near.private_now, hidden = true
            FROM near
            WHERE location.device_id = device.id
              AND location.location_time = near.location_time
              AND location.latitude = near.latitude
              AND location.longitude = near.longitude
              AND near.private <> near.private_now
            RETURNING location.location_time, location.first_reported, location.last_reported
        )
        SELECT min(least(judged.location_time, judged.first_reported)) AS first,
               max(greatest(judged.location_time, judged.last_reported)) AS last
        INTO changed
        FROM judged;

        IF changed.first IS NOT NULL THEN
            SELECT judged.hidden, judged.shown
            INTO spans
            FROM iot_personal_hub.hide_private_spans(device.id, changed.first, changed.last) AS judged;

            PERFORM iot_personal_hub.publish_remasked(device.id, spans.hidden, spans.shown);
        END IF;
    END LOOP;

    -- The first area changes the rules for every published row, and so does the end of the last.
    IF is_first THEN
        PERFORM iot_personal_hub.withdraw_everything();
    END IF;
    IF is_first OR NOT EXISTS (SELECT FROM iot_personal_hub.dim_blocked_areas) THEN
        PERFORM iot_personal_hub.queue_hours(published.id, '{(,)}')
        FROM iot_personal_hub.dim_devices AS published
        WHERE published.published;
    END IF;
    -- Whether or not anything was withdrawn: that it was must not show.
    INSERT INTO iot_personal_hub.pending_packing (only_row) VALUES (true) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER dim_blocked_areas_added
AFTER INSERT ON iot_personal_hub.dim_blocked_areas
REFERENCING NEW TABLE AS new_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.remask();

CREATE OR REPLACE TRIGGER dim_blocked_areas_changed
AFTER UPDATE ON iot_personal_hub.dim_blocked_areas
REFERENCING OLD TABLE AS old_areas NEW TABLE AS new_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.remask();

CREATE OR REPLACE TRIGGER dim_blocked_areas_removed
AFTER DELETE ON iot_personal_hub.dim_blocked_areas
REFERENCING OLD TABLE AS old_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.remask();

CREATE OR REPLACE TRIGGER dim_blocked_areas_emptied
AFTER TRUNCATE ON iot_personal_hub.dim_blocked_areas
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.remask();
