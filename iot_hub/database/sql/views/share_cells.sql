-- needs: published_readings
-- Grain: one row per device, step of time and cell of the grid in which it had a fix that may be shown.
-- Of links with reduced precision only. However many fixes there were, a cell has one row per step, and
-- the row reveals nothing of them but the cell.
--
-- The grid: rows of 100 m of latitude; every 100 rows are a band, with as many columns of 100 m as fit
-- around the earth in its middle, a whole number of hundreds. Coarser cells consist of whole cells of
-- 100 m, so whoever has links of two precisions learns what the finer one shows, and no more.
-- A degree of latitude is 111195 m.
CREATE OR REPLACE VIEW iot_hub_shared.cells WITH (security_barrier) AS
WITH fixes AS (
    SELECT
        location.device_id,
        date_bin((SELECT access.step FROM iot_hub_shared.access AS access), location.location_time, 'epoch') AS step,
        (SELECT access.precision_m FROM iot_hub_shared.access AS access) / 100 AS side,
        floor(location.latitude * 111195 / 100) AS small_row,
        (location.longitude + 180) / 360 AS turns
    FROM iot_personal_hub.published_locations AS location
    WHERE (SELECT access.precision_m FROM iot_hub_shared.access AS access) > 0
      AND location.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
      AND location.location_time >= (SELECT access.first_step FROM iot_hub_shared.access AS access)
      AND location.location_time < (SELECT access.end_of_steps FROM iot_hub_shared.access AS access)
),
banded AS (
    SELECT
        fixes.*,
        100 * greatest(1, floor(
            360 * 111195 / 10000 * cos(radians((floor(fixes.small_row / 100) + 0.5) * 10000 / 111195)))) AS small_columns
    FROM fixes
),
cells AS (
    SELECT DISTINCT
        banded.device_id,
        banded.step,
        banded.side,
        floor(banded.small_row / banded.side) AS cell_row,
        floor(least(floor(banded.turns * banded.small_columns), banded.small_columns - 1) / banded.side) AS cell_column,
        banded.small_columns / banded.side AS columns
    FROM banded
)
SELECT
    cells.device_id,
    cells.step AS location_time,
    -- Distinguishes rows, and reveals nothing of the fixes.
    iot_personal_hub.opaque_id(
        concat_ws(' ', cells.side, cells.cell_row, cells.cell_column, cells.device_id),
        extract(epoch FROM cells.step)::bigint) AS event_id,
    round(((cells.cell_row + 0.5) * cells.side * 100 / 111195)::numeric, 6)::double precision AS latitude,
    round(((cells.cell_column + 0.5) / cells.columns * 360 - 180)::numeric, 6)::double precision AS longitude
FROM cells;

COMMENT ON VIEW iot_hub_shared.cells IS
    'One row per device, step and cell of a link with reduced precision: the middle of the cell, the start of the step.';
