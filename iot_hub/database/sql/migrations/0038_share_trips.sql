-- Links that show one trip: a stretch of time of a device, drawn as a trip.

ALTER TABLE iot_personal_hub.share_links
    ADD COLUMN kind text NOT NULL DEFAULT 'devices',
    ADD CONSTRAINT share_links_kind_is_known CHECK (kind IN ('devices', 'trip')),
    ADD CONSTRAINT share_links_trip_is_fixed
        CHECK (kind <> 'trip' OR (window_start IS NOT NULL AND window_end IS NOT NULL));
COMMENT ON COLUMN iot_personal_hub.share_links.kind IS
    'devices: a dashboard of devices; trip: one trip, whatever corrections and late data make of it between window_start and window_end.';
