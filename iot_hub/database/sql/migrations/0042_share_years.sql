-- Links that show a year: coarse squares of the map, and totals.

ALTER TABLE iot_personal_hub.share_links
    DROP CONSTRAINT share_links_kind_is_known,
    ADD CONSTRAINT share_links_kind_is_known CHECK (kind IN ('devices', 'trip', 'live', 'year')),
    DROP CONSTRAINT share_links_trip_is_fixed,
    ADD CONSTRAINT share_links_trip_is_fixed
        CHECK (kind NOT IN ('trip', 'year') OR (window_start IS NOT NULL AND window_end IS NOT NULL));
COMMENT ON COLUMN iot_personal_hub.share_links.kind IS
    'devices: a dashboard of devices; trip: one trip, whatever corrections and late data make of it between window_start and window_end; live: where a device is on its way to a destination; year: squares of the map and totals, no positions.';
