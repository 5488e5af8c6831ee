-- Where devices have been and for how long, as cells of the map: for its heat and for the land they have explored.

CREATE TABLE iot_personal_hub.map_cells (
    device_id integer    NOT NULL,
    level     smallint   NOT NULL,
    tile_x    integer    NOT NULL,
    tile_y    integer    NOT NULL,
    month     date       NOT NULL,
    first_day date       NOT NULL,
    cells     smallint[] NOT NULL,
    seconds   integer[]  NOT NULL,
    CONSTRAINT map_cells_pkey PRIMARY KEY (level, tile_x, tile_y, device_id, month),
    CONSTRAINT map_cells_have_seconds CHECK (cardinality(cells) = cardinality(seconds) AND cardinality(cells) > 0)
);
COMMENT ON TABLE iot_personal_hub.map_cells IS
    'One row per tile of a level (zoom 2 to 14, every second one), device and month (UTC) in which it was there.';
COMMENT ON COLUMN iot_personal_hub.map_cells.level IS
    'The zoom of the cells: that of the tile and 7 more, so that a tile has 128 by 128.';
COMMENT ON COLUMN iot_personal_hub.map_cells.month IS
    'The month in which the journeys start.';
COMMENT ON COLUMN iot_personal_hub.map_cells.first_day IS
    'The first day (UTC) of the month on which a journey that was here started.';
COMMENT ON COLUMN iot_personal_hub.map_cells.cells IS
    'The cells in which the device was, as 128 times the row plus the column, from the north-west.';
COMMENT ON COLUMN iot_personal_hub.map_cells.seconds IS
    'For how long, of each cell.';
CREATE INDEX map_cells_month_idx ON iot_personal_hub.map_cells (device_id, month);

CREATE TABLE iot_personal_hub.stale_map_cells (
    device_id integer     NOT NULL,
    month     date        NOT NULL,
    id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    marked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stale_map_cells_pkey PRIMARY KEY (device_id, month, id)
);
COMMENT ON TABLE iot_personal_hub.stale_map_cells IS
    'A log: one row per change of a device''s journeys of a month (UTC), until its cells are derived from them.';
COMMENT ON COLUMN iot_personal_hub.stale_map_cells.marked_at IS
    'When it was marked: changes are gathered for a while (refresh_stale_map_cells()).';

INSERT INTO iot_personal_hub.stale_map_cells (device_id, month)
SELECT DISTINCT journey.device_id, date_trunc('month', journey.starts, 'UTC')::date
FROM iot_personal_hub.journeys AS journey;
