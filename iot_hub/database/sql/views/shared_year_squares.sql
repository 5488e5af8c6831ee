-- needs: published_readings
-- Grain: one row per square of zoom 13 (3 km wide at 50 degrees north) through which a published trip led in the year that the
-- link shows. When, how often and for how long is not shown; of the current year, the months (UTC) that are over are, so that
-- a new square does not say where a device is.
CREATE OR REPLACE VIEW iot_hub_shared.year_squares WITH (security_barrier) AS
SELECT DISTINCT
    tile.tile_x * 128 + (cell.cell & 127) AS x,
    tile.tile_y * 128 + (cell.cell >> 7) AS y
FROM iot_hub_shared.access AS access
JOIN iot_personal_hub.share_link_devices AS shown ON shown.share_id = access.share_id
JOIN iot_personal_hub.published_map_cells AS tile
    ON tile.device_id = shown.device_id
   AND tile.level = 13
   -- Half a month on, a year's ends are in its months in every time zone.
   AND tile.month >= date_trunc('month', access.since + interval '14 days', 'UTC')::date
   AND tile.month < date_trunc('month', least(access.until + interval '14 days', now()), 'UTC')::date
CROSS JOIN LATERAL unnest(tile.cells) AS cell (cell)
WHERE access.kind = 'year';

COMMENT ON VIEW iot_hub_shared.year_squares IS
    'One row per square of zoom 13 that published trips led through in the link''s year. Of web Mercator, from the north-west.';
