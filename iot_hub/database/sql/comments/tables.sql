-- What names do not say: schemas, tables of the migrations themselves, and words of a table that another file uses.

COMMENT ON SCHEMA iot_personal_hub IS
    'The hub''s tables and functions, and the published views that viewers have read since the first beta.';
COMMENT ON SCHEMA iot_hub_shared IS
    'What the guest of a share link sees: the views of iot_hub_public, limited to the link.';

COMMENT ON TABLE public.iot_hub_migrations IS
    'One row per migration applied, with the SHA-256 of its file; "repeatable" stands for all functions, views, rights and comments.';
COMMENT ON TABLE public.iot_hub_release IS
    'One row: the newest version of the hub that has migrated this database, and the oldest that still works on it.';

COMMENT ON TABLE iot_personal_hub.retention_rules IS
    'One row per device (NULL: all) and group (NULL: all) whose raw events expire.';
COMMENT ON TABLE iot_personal_hub.private_spans IS
    'One row per interval of a device that is masked, both ends included: nothing measured in it is published.';
COMMENT ON TABLE iot_personal_hub.private_hours IS
    'One row per hour adopted from the first beta whose events and positions are gone: it is never published.';
COMMENT ON TABLE iot_personal_hub.shown_events IS
    'One row per event that may be shown: of a published device, due, and in no private span.';
COMMENT ON TABLE iot_personal_hub.due_hours IS
    'Queue: one row per device and UTC hour of which something is to be published at due_at.';
COMMENT ON TABLE iot_personal_hub.pending_packing IS
    'Flag: one row while the published tables wait to be clustered, since a change of the areas.';
COMMENT ON TABLE iot_personal_hub.masking_jobs IS
    'Queue: one row per device, from a change of the areas until all fixes of all devices are judged by them. Meanwhile no published reading is shown.';
COMMENT ON TABLE iot_personal_hub.changed_zones IS
    'One row per zone that was added, removed or changed, before and after, since all fixes were last judged: fixes near none of them stay as they are. Secret.';
COMMENT ON TABLE iot_personal_hub.published_settings IS
    'One row: what published views need to know of the hub.';
COMMENT ON TABLE iot_personal_hub.zone_displacements IS
    'One row per place that a private area was ever drawn around: how its zone is displaced. Secret. Rows outlive their areas, so that an area that is drawn again masks the same zone: two zones would reveal more than one.';
COMMENT ON TABLE iot_personal_hub.zone_crossings IS
    'One row per device and transaction that moved borders of its private spans by old fixes, with their number. Of the last day.';
COMMENT ON TABLE iot_personal_hub.publication_watches IS
    'One row per device whose zone crossings were counted or confirmed: since when they count, and since when its publication is paused.';

COMMENT ON COLUMN iot_personal_hub.dim_blocked_areas.core_radius_m IS
    'Of a circle around the zone''s middle that is certainly in the zone; less than 0: none is known.';
COMMENT ON COLUMN iot_personal_hub.published_settings.readings_shown IS
    'False from a change of the areas until every fix is judged by them: no published reading of any device is shown.';
COMMENT ON COLUMN iot_personal_hub.published_settings.stays_shown IS
    'Whether others see published stays: the owner''s setting of that name. False unless turned on.';
COMMENT ON COLUMN iot_personal_hub.masking_jobs.judged_until IS
    'Fixes up to this time have been judged by the areas of now; infinity: all.';
COMMENT ON COLUMN iot_personal_hub.masking_jobs.fixes IS
    'How many fixes there are to judge. NULL: not counted yet.';
COMMENT ON COLUMN iot_personal_hub.masking_jobs.withdraws IS
    'Whether everything published until now is withdrawn step by step: the first area changes the rules for all of it.';
COMMENT ON COLUMN iot_personal_hub.masking_jobs.queues IS
    'Whether every hour is published again: there is a first area, or none any more.';
COMMENT ON COLUMN iot_personal_hub.locations.uncertainty_m IS
    'The worst accuracy reported for the fix, in metres (100 where none was): the radius that masking assumes.';
COMMENT ON COLUMN iot_personal_hub.locations.event_id IS
    'The lowest id of the events that report the fix: fixes of one instant are in the order in which they came.';
COMMENT ON COLUMN iot_personal_hub.locations.longitude IS
    'canonical_longitude(): from -180 to less than 180 degrees.';
COMMENT ON COLUMN iot_personal_hub.locations.hidden IS
    'Whether the fix is in one of its device''s private spans: all private fixes are, and those on the way there.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.disclosure IS
    'What the values before and after a silence reveal of the time between: measurement (little), charge (whether the device was charging), counter (how much was going on).';
COMMENT ON COLUMN iot_personal_hub.share_links.precision_m IS
    'The side of the grid cells that positions are rounded to, in metres; 0: as precise as published.';
COMMENT ON COLUMN iot_personal_hub.share_links.live IS
    'The length of the sliding window that ends now; NULL: the fixed window from window_start to window_end (NULL: open).';
COMMENT ON COLUMN iot_personal_hub.dim_blocked_areas.zone_radius_m IS
    'The radius of a circle around the zone, whose centre is zone_latitude and zone_longitude.';
COMMENT ON COLUMN iot_personal_hub.shown_events.id IS
    'published_id() of the event: opaque, so that gaps do not count what is masked.';
COMMENT ON COLUMN iot_personal_hub.shown_locations.event_id IS
    'published_id() of the fix: opaque, so that gaps do not count what is masked.';

COMMENT ON TABLE iot_personal_hub.discovered_devices IS
    'One row per identity that an MQTT protocol named: who it says it is, and what the owner decided. Several may be one device, as a sensor before and after a change of its battery.';
COMMENT ON COLUMN iot_personal_hub.discovered_devices.identity IS
    'What the protocol guarantees, as 0x00158d0001a2b3c4 or tasmota/attic; # begins the name of a part.';
COMMENT ON COLUMN iot_personal_hub.discovered_devices.area IS 'The room that the device itself names.';
COMMENT ON COLUMN iot_personal_hub.discovered_devices.status IS
    'proposed: its messages are held until the owner decides; approved: they are events of device_id; ignored: they are dropped.';
COMMENT ON COLUMN iot_personal_hub.discovered_devices.last_heard IS
    'Its newest live message; null: all that is known of it was kept by the broker.';
COMMENT ON TABLE iot_personal_hub.discovery_rules IS
    'One row per pattern of identities or protocols that are decided without asking; * stands for anything.';
COMMENT ON TABLE iot_personal_hub.held_messages IS
    'One row per MQTT message that waits: for the owner''s decision about a device (its identity), or for a description of its topic (? and the topic). The oldest go beyond a bound.';
