-- Links that show where a device is, and when it is expected at a destination.

ALTER TABLE iot_personal_hub.share_links
    ADD COLUMN destination text,
    ADD COLUMN destination_latitude double precision,
    ADD COLUMN destination_longitude double precision,
    ADD COLUMN arrived_at timestamptz,
    DROP CONSTRAINT share_links_kind_is_known,
    ADD CONSTRAINT share_links_kind_is_known CHECK (kind IN ('devices', 'trip', 'live')),
    ADD CONSTRAINT share_links_live_leads_somewhere CHECK (
        (kind = 'live') = (num_nonnulls(destination, destination_latitude, destination_longitude, live) = 4)
        AND (kind = 'live' OR num_nonnulls(destination, destination_latitude, destination_longitude) = 0)),
    ADD CONSTRAINT share_links_live_is_precise CHECK (kind <> 'live' OR (precision_m = 0 AND NOT measurements));
COMMENT ON COLUMN iot_personal_hub.share_links.kind IS
    'devices: a dashboard of devices; trip: one trip, whatever corrections and late data make of it between window_start and window_end; live: where a device is on its way to a destination.';
COMMENT ON COLUMN iot_personal_hub.share_links.destination IS
    'What visitors read of the destination of a live link: the owner''s words, never where it is.';
COMMENT ON COLUMN iot_personal_hub.share_links.destination_latitude IS
    'Where the destination is. Visitors see only the expected arrival.';
COMMENT ON COLUMN iot_personal_hub.share_links.arrived_at IS
    'When the device was within 200 m of the destination, set when a visitor first sees it. Nothing later is shown. NULL: not yet.';
