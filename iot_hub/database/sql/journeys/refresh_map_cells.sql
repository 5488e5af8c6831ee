-- Derives the cells of a month of a device again.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_map_cells(p_device_id integer, p_month date)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- One refresh of a device's cells at a time. Journeys may change meanwhile: that leaves a mark.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.map_cells'), p_device_id);

    DELETE FROM iot_personal_hub.map_cells AS tile
    WHERE tile.device_id = p_device_id AND tile.month = p_month;

    INSERT INTO iot_personal_hub.map_cells (device_id, month, level, tile_x, tile_y, first_day, cells, seconds)
    SELECT p_device_id, p_month, derived.level, derived.tile_x, derived.tile_y, derived.first_day, derived.cells, derived.seconds
    FROM iot_personal_hub.derive_map_cells(p_device_id, p_month) AS derived;
END
$$;
