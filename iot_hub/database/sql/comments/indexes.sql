-- Which query needs each index: without one that does, an index only makes writing slower.

COMMENT ON INDEX public.iot_hub_migrations_pkey IS
    'applied_migrations, at each start.';
COMMENT ON INDEX public.iot_hub_release_pkey IS
    'note_release keeps the table at one row by it.';
COMMENT ON INDEX iot_personal_hub.agg_hourly_devices_metrics_pkey IS
    'hourly_metrics of the owner: one metric of one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.agg_hourly_devices_smartphone_battery_details_pkey IS
    'hourly_battery_details of the owner: one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.agg_hourly_devices_smartphone_events_counter_pkey IS
    'hourly_events_counter of the owner, private_spans_between(), queue_hours(): one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.agg_hourly_devices_smartphone_location_details_pkey IS
    'hourly_location_details of the owner, queue_hours(): one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.archive_objects_pkey IS
    'archived_objects_of_days and restore: the objects of a device''s day.';
COMMENT ON INDEX iot_personal_hub.device_payload_keys_pkey IS
    'set_payload_key and payload_keys: the key of a device.';
COMMENT ON INDEX iot_personal_hub.device_tokens_pkey IS
    'issue_token: a token is stored once. The receiver caches all valid ones (valid_tokens).';
COMMENT ON INDEX iot_personal_hub.dim_blocked_areas_name_key IS
    'edit_area, remove_area: an area by its name.';
COMMENT ON INDEX iot_personal_hub.dim_blocked_areas_pkey IS
    'private_spans_between(): an area by its id.';
COMMENT ON INDEX iot_personal_hub.dim_devices_pkey IS
    'Every query of one device.';
COMMENT ON INDEX iot_personal_hub.dim_properties_path_key IS
    'store_properties, restore_metrics: a property by its path.';
COMMENT ON INDEX iot_personal_hub.dim_properties_pkey IS
    'hourly_metrics of the owner: the unit of a metric.';
COMMENT ON INDEX iot_personal_hub.dropped_days_pkey IS
    'refresh_stale_hours(), kept_windows(), is_dropped(): whether a device''s day is in the archive only.';
COMMENT ON INDEX iot_personal_hub.due_hours_due_at_idx IS
    'publish_due_hours(): what is due, the newest hours first.';
COMMENT ON INDEX iot_personal_hub.due_hours_pkey IS
    'publish_due_hours(), queue_hours(), queue_undue_hours(): an hour is queued once.';
COMMENT ON INDEX iot_personal_hub.enum_device_type_pkey IS
    'dim_devices_type_fkey, at each new device.';
COMMENT ON INDEX iot_personal_hub.hub_settings_pkey IS
    'Functions that need a setting: roll_ups_by(), publish_events().';
COMMENT ON INDEX iot_personal_hub.locations_misdated_idx IS
    'private_spans_between(): private fixes reported at another time than they were taken, by fix time.';
COMMENT ON INDEX iot_personal_hub.locations_misdated_reported_idx IS
    'private_spans_between(): the same fixes by the time of their last report.';
COMMENT ON INDEX iot_personal_hub.locations_outside_idx IS
    'hide_private_spans(), appearance_ends() and appearance_begins(): the last fix outside before a stay, the first after it.';
COMMENT ON INDEX iot_personal_hub.locations_pkey IS
    'refresh_locations() merges by it; track and newest_location of the owner read it in order of time.';
COMMENT ON INDEX iot_personal_hub.locations_private_idx IS
    'private_spans_between(): the first and last private fix between two fixes outside.';
COMMENT ON INDEX iot_personal_hub.locations_shown_idx IS
    'publish_locations(), hide_private_spans(): fixes that may be shown, without reading the masked ones.';
COMMENT ON INDEX iot_personal_hub.owner_password_pkey IS
    'choose_owner_password keeps the table at one row by it.';
COMMENT ON INDEX iot_personal_hub.owner_sessions_pkey IS
    'owner_access, at each request of a logged-in browser.';
COMMENT ON INDEX iot_personal_hub.masking_jobs_pkey IS
    'mask_next_fixes(): the next device, and its job.';
COMMENT ON INDEX iot_personal_hub.changed_zones_pkey IS
    'mask_next_fixes() reads all rows, and needs no index.';
COMMENT ON INDEX iot_personal_hub.pending_packing_pkey IS
    'finish_masking() flags it once; pack_published_rows() takes the flag.';
COMMENT ON INDEX iot_personal_hub.private_hours_pkey IS
    'publish_hours(): whether an hour is masked for good.';
COMMENT ON INDEX iot_personal_hub.private_spans_pkey IS
    'masked_intervals(), hide_private_spans(): the private spans of a device between two instants.';
COMMENT ON INDEX iot_personal_hub.publication_watches_pkey IS
    'publication_is_paused(), note_crossings(): the watch of a device.';
COMMENT ON INDEX iot_personal_hub.published_devices_pkey IS
    'listed_device, publish_device(): a published device by its id.';
COMMENT ON INDEX iot_personal_hub.shown_events_pkey IS
    'events_page, newest_event, published_hours: a device''s events in order of time.';
COMMENT ON INDEX iot_personal_hub.shown_hourly_battery_details_pkey IS
    'hourly_battery_details of everyone and of links: one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.shown_hourly_events_counter_pkey IS
    'hourly_events_counter of everyone and of links: one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.shown_hourly_location_details_pkey IS
    'hourly_location_details of everyone and of links: one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.shown_hourly_metrics_hours_idx IS
    'dashboard_metrics of everyone and of links: all numbers of one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.shown_hourly_metrics_pkey IS
    'hourly_metrics of everyone and of links: one metric of one device over a range of hours.';
COMMENT ON INDEX iot_personal_hub.shown_locations_pkey IS
    'track and the dashboard''s map: a device''s fixes in order of time, from the index alone.';
COMMENT ON INDEX iot_personal_hub.published_settings_pkey IS
    'publish_time_zone() keeps the table at one row by it.';
COMMENT ON INDEX iot_personal_hub.quarantine_payload_key IS
    'keep_in_quarantine: a payload that is rejected again only counts up times.';
COMMENT ON INDEX iot_personal_hub.quarantine_pkey IS
    'show_quarantine, drop_quarantine; trim_quarantine deletes the oldest entries by it.';
COMMENT ON INDEX iot_personal_hub.raw_devices_properties_event_key IS
    'insert_events(): a repeated event meets it and is not stored twice. Refreshing an hour and listing events read it in order of time.';
COMMENT ON INDEX iot_personal_hub.reader_devices_pkey IS
    'reader_grant: the devices of a reader.';
COMMENT ON INDEX iot_personal_hub.readers_name_key IS
    'revoke_reader: the valid reader of a name.';
COMMENT ON INDEX iot_personal_hub.readers_pkey IS
    'note_reader_use: a reader by its id.';
COMMENT ON INDEX iot_personal_hub.readers_token_key IS
    'reader_grant, at each request with a reader''s token.';
COMMENT ON INDEX iot_personal_hub.retention_rules_scope_key IS
    'set_retention_rule, retention_days(): the rule of a device and a group.';
COMMENT ON INDEX iot_personal_hub.roll_up_makers_pkey IS
    'roll_ups_by(), roll_up_stale_hours(): the heartbeat of a scheduler.';
COMMENT ON INDEX iot_personal_hub.share_link_devices_pkey IS
    'iot_hub_shared.access: the devices of a link.';
COMMENT ON INDEX iot_personal_hub.share_links_name_key IS
    'revoke_share_link: the valid link of a name.';
COMMENT ON INDEX iot_personal_hub.share_links_pkey IS
    'Foreign keys to links; list_share_links reads the newest first.';
COMMENT ON INDEX iot_personal_hub.share_links_token_key IS
    'iot_hub_shared.access, at each read of a guest.';
COMMENT ON INDEX iot_personal_hub.share_openings_pkey IS
    'note_opening(), share_openings: the minutes in which a link was opened.';
COMMENT ON INDEX iot_personal_hub.stale_hours_pkey IS
    'refresh_stale_hours() claims the newest marks; refresh_device() deletes those of a window.';
COMMENT ON INDEX iot_personal_hub.stale_journeys_pkey IS
    'refresh_stale_journeys(): marks are claimed and deleted by it.';
COMMENT ON INDEX iot_personal_hub.stale_drives_pkey IS
    'refresh_stale_drives(): marks are claimed and deleted by it.';
COMMENT ON INDEX iot_personal_hub.car_readings_pkey IS
    'derive_drives(), refresh_car_readings(): those of a car in order of time.';
COMMENT ON INDEX iot_personal_hub.car_readings_driving_idx IS
    'linked_readings(), derive_drives(): readings of driving near an instant.';
COMMENT ON INDEX iot_personal_hub.car_readings_charging_idx IS
    'linked_readings(): readings of charging near an instant.';
COMMENT ON INDEX iot_personal_hub.drives_pkey IS
    'refresh_drives(), named_drives: those of a car in order of time.';
COMMENT ON INDEX iot_personal_hub.charges_pkey IS
    'refresh_drives(): those of a car in order of time.';
COMMENT ON INDEX iot_personal_hub.drive_corrections_pkey IS
    'derive_drives(): those of a car.';
COMMENT ON INDEX iot_personal_hub.drive_corrections_named_idx IS
    'named_drives: names and purposes of a time, of thousands.';
COMMENT ON INDEX iot_personal_hub.journeys_pkey IS
    'refresh_journeys(): those of a device in order of time.';
COMMENT ON INDEX iot_personal_hub.journeys_path_idx IS
    'journeys_near: trips whose way leads past a position.';
COMMENT ON INDEX iot_personal_hub.journeys_stays_idx IS
    'journeys_near: stays at a position.';
COMMENT ON INDEX iot_personal_hub.journeys_stay_times_idx IS
    'statistics_by_place: all stays, without the ways of trips.';
COMMENT ON INDEX iot_personal_hub.journey_legs_pkey IS
    'refresh_journeys(): a leg starts once.';
COMMENT ON INDEX iot_personal_hub.journey_legs_trip_idx IS
    'legs_of_journeys, journey_legs_trip_fkey: the legs of a trip.';
COMMENT ON INDEX iot_personal_hub.journey_legs_path_idx IS
    'journeys_tile: legs whose way leads through a tile.';
COMMENT ON INDEX iot_personal_hub.map_cells_pkey IS
    'heat_tile, explored_tile: the cells of a tile.';
COMMENT ON INDEX iot_personal_hub.map_cells_month_idx IS
    'refresh_map_cells(): those of a month are replaced.';
COMMENT ON INDEX iot_personal_hub.stale_map_cells_pkey IS
    'refresh_stale_map_cells(): marks are claimed and deleted by it.';
COMMENT ON INDEX iot_personal_hub.shown_journeys_pkey IS
    'refresh_shown_journeys(), withdraw_shown_journeys(): those of a device in order of time.';
COMMENT ON INDEX iot_personal_hub.shown_journeys_path_idx IS
    'journeys_tile: trips whose way leads through a tile.';
COMMENT ON INDEX iot_personal_hub.shown_journey_legs_pkey IS
    'refresh_shown_journeys(): a leg starts once.';
COMMENT ON INDEX iot_personal_hub.shown_journey_legs_trip_idx IS
    'legs_of_journeys, shown_journey_legs_trip_fkey: the legs of a trip.';
COMMENT ON INDEX iot_personal_hub.shown_journey_legs_path_idx IS
    'journeys_tile: legs whose way leads through a tile.';
COMMENT ON INDEX iot_personal_hub.shown_map_cells_pkey IS
    'heat_tile, explored_tile: the cells of a tile.';
COMMENT ON INDEX iot_personal_hub.shown_map_cells_month_idx IS
    'refresh_shown_map_cells(), withdraw_shown_journeys(): those of a month are replaced.';
COMMENT ON INDEX iot_personal_hub.stale_shown_journeys_pkey IS
    'refresh_stale_shown_journeys(): marks are claimed and deleted by it.';
COMMENT ON INDEX iot_personal_hub.stale_shown_map_cells_pkey IS
    'refresh_stale_shown_map_cells(): marks are claimed and deleted by it.';
COMMENT ON INDEX iot_personal_hub.zone_crossings_pkey IS
    'note_crossings(): the crossings of a device in the last day.';
COMMENT ON INDEX iot_personal_hub.zone_displacements_pkey IS
    'place_area(): the displacement of an area.';

COMMENT ON INDEX iot_personal_hub.discovered_devices_pkey IS
    'note_discovered: what is known of an identity.';
COMMENT ON INDEX iot_personal_hub.discovered_devices_device_index IS
    'discovered_devices_device_fkey, and the pages that show a device with its availability.';
COMMENT ON INDEX iot_personal_hub.discovery_rules_pkey IS
    'add_discovery_rule: a pattern is there once.';
COMMENT ON INDEX iot_personal_hub.held_messages_pkey IS
    'held_messages: those of an identity, in order.';

COMMENT ON INDEX iot_personal_hub.countries_pkey IS
    'place_name_of(): a country''s name by its code.';
COMMENT ON INDEX iot_personal_hub.country_pieces_shape_idx IS
    'place_name_of(): the country at a position, and those near it.';
COMMENT ON INDEX iot_personal_hub.cities_point_idx IS
    'place_name_of(): the nearest cities.';
COMMENT ON INDEX iot_personal_hub.cities_large_idx IS
    'place_name_of(): the nearest large cities, which reach further than small ones.';
COMMENT ON INDEX iot_personal_hub.gazetteer_version_pkey IS
    'gazetteer_version: whether this version is loaded.';
COMMENT ON INDEX iot_personal_hub.places_pkey IS
    'visits: the place of a stay.';
COMMENT ON INDEX iot_personal_hub.places_name_key IS
    'add_place and edit_place: a name is at a point once.';
COMMENT ON INDEX iot_personal_hub.places_latitude_idx IS
    'place_at(), import_place: the places near a position.';
COMMENT ON INDEX iot_personal_hub.journey_places_pkey IS
    'visits, name_stays(): the name of a stay.';
COMMENT ON INDEX iot_personal_hub.zone_cities_point_idx IS
    'zone_of(): the nearest cities.';
COMMENT ON INDEX iot_personal_hub.journey_places_latitude_idx IS
    'assign_places(): the stays around a place that was changed.';
COMMENT ON INDEX iot_personal_hub.journey_places_place_idx IS
    'journey_places_place_fkey, list_places: the stays at a place.';
COMMENT ON INDEX iot_personal_hub.corrections_pkey IS
    'derive_journeys(), mark_outliers(): those of a device.';
COMMENT ON INDEX iot_personal_hub.photos_pkey IS
    'photo_file, remove_photos: a photo by its number.';
COMMENT ON INDEX iot_personal_hub.photos_path_key IS
    'store_photo: a file that was scanned before.';
COMMENT ON INDEX iot_personal_hub.photos_taken_at_idx IS
    'photos_of_range: those of a day, in order of time.';
COMMENT ON INDEX iot_personal_hub.refuels_pkey IS
    'list_refuels, cars: the fuel log of a car.';
COMMENT ON INDEX iot_personal_hub.electricity_prices_pkey IS
    'remove_electricity_price: a price by its number.';
COMMENT ON INDEX iot_personal_hub.electricity_prices_place_idx IS
    'electricity_prices_place_fkey: the prices of a place.';
COMMENT ON INDEX iot_personal_hub.service_reminders_pkey IS
    'services_due: the reminders of a car.';
COMMENT ON INDEX iot_personal_hub.alert_channels_pkey IS
    'note_alerts(): a channel of a rule.';
COMMENT ON INDEX iot_personal_hub.alert_channels_name_key IS
    'add_alert_channel: a name is one channel''s.';
COMMENT ON INDEX iot_personal_hub.alert_rules_pkey IS
    'mute_alert_rule and remove_alert_rule: a rule by its number.';
COMMENT ON INDEX iot_personal_hub.alert_rules_place_idx IS
    'Foreign keys: the rules of a place.';
COMMENT ON INDEX iot_personal_hub.alert_rules_device_idx IS
    'mark_alerts(), verdicts_of_readings(): the rules of a device.';
COMMENT ON INDEX iot_personal_hub.alert_marks_pkey IS
    'judge_alerts(): the marks that it has taken.';
COMMENT ON INDEX iot_personal_hub.alert_marks_due_idx IS
    'judge_alerts(): the oldest marks that are due.';
COMMENT ON INDEX iot_personal_hub.alert_turns_pkey IS
    'settle_alerts(): the turns of a pair in order of time.';
COMMENT ON INDEX iot_personal_hub.alert_states_pkey IS
    'settle_alerts(): the state of a pair.';
COMMENT ON INDEX iot_personal_hub.alert_states_device_idx IS
    'Foreign keys: the states of a device.';
COMMENT ON INDEX iot_personal_hub.alert_states_due_idx IS
    'judge_alerts(): what has lasted long enough.';
COMMENT ON INDEX iot_personal_hub.alert_states_repeat_idx IS
    'judge_alerts(): of what the owner is to be reminded.';
COMMENT ON INDEX iot_personal_hub.alert_outbox_pkey IS
    'alert_log: the newest notices.';
COMMENT ON INDEX iot_personal_hub.alert_outbox_is_written_once IS
    'note_alerts() writes a notice once; list_alert_rules: the last of a rule.';
COMMENT ON INDEX iot_personal_hub.alert_outbox_device_idx IS
    'Foreign keys: the notices of a device.';
COMMENT ON INDEX iot_personal_hub.alert_deliveries_pkey IS
    'alert_log: the deliveries of a notice.';
COMMENT ON INDEX iot_personal_hub.alert_deliveries_waiting_idx IS
    'due_deliveries: what a channel has yet to deliver.';
COMMENT ON INDEX iot_personal_hub.alert_clock_pkey IS
    'judge_silences() keeps the table at one row by it.';
