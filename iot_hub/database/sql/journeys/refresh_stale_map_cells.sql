-- Claims the newest month whose journeys have changed, derives its cells, and returns how many it claimed (0: nothing is
-- stale). Changes of this month are gathered until the first is as old as given, unless it has no cells yet: a live device
-- would have its whole month derived each time that its day is.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_stale_map_cells(gathered interval DEFAULT '0')
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    claimed record;
BEGIN
    SELECT stale.device_id, stale.month
    INTO claimed
    FROM iot_personal_hub.stale_map_cells AS stale
    WHERE stale.marked_at <= now() - gathered
       OR stale.month < date_trunc('month', now(), 'UTC')::date
       OR NOT EXISTS (
           SELECT
           FROM iot_personal_hub.map_cells AS tile
           WHERE tile.device_id = stale.device_id AND tile.month = stale.month)
    ORDER BY stale.month DESC, stale.device_id
    LIMIT 1
    FOR UPDATE OF stale SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    DELETE FROM iot_personal_hub.stale_map_cells AS stale
    WHERE stale.device_id = claimed.device_id AND stale.month = claimed.month;
    PERFORM iot_personal_hub.refresh_map_cells(claimed.device_id, claimed.month);
    RETURN 1;
END
$$;
