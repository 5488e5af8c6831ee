-- What each constraint is for: which error it prevents, or what it identifies.

COMMENT ON CONSTRAINT iot_hub_migrations_pkey ON public.iot_hub_migrations IS
    'A migration is applied once.';

COMMENT ON CONSTRAINT iot_hub_release_pkey ON public.iot_hub_release IS
    'One row.';
COMMENT ON CONSTRAINT iot_hub_release_has_one_row ON public.iot_hub_release IS
    'One row.';

COMMENT ON CONSTRAINT enum_device_type_pkey ON iot_personal_hub.enum_device_type IS
    'A type is its name.';

COMMENT ON CONSTRAINT dim_devices_pkey ON iot_personal_hub.dim_devices IS
    'What readings and tokens refer to.';
COMMENT ON CONSTRAINT dim_devices_name_is_given ON iot_personal_hub.dim_devices IS
    'Commands and pages find a device by its name.';
COMMENT ON CONSTRAINT dim_devices_type_fkey ON iot_personal_hub.dim_devices IS
    'A type in use can''t be removed or renamed.';

COMMENT ON CONSTRAINT device_tokens_pkey ON iot_personal_hub.device_tokens IS
    'A token belongs to one device; the receiver looks it up by its hash alone.';
COMMENT ON CONSTRAINT device_tokens_device_fkey ON iot_personal_hub.device_tokens IS
    'A deleted device''s tokens are deleted with it.';
COMMENT ON CONSTRAINT device_tokens_hash_is_sha256 ON iot_personal_hub.device_tokens IS
    'A token in plain text would be stored as it is.';
COMMENT ON CONSTRAINT device_tokens_mqtt_hash_is_mosquittos ON iot_personal_hub.device_tokens IS
    'One line of the broker''s file of accounts: no other text can become a second one.';

COMMENT ON CONSTRAINT dim_blocked_areas_pkey ON iot_personal_hub.dim_blocked_areas IS
    'Identifies an area whatever it is called.';
COMMENT ON CONSTRAINT dim_blocked_areas_name_key ON iot_personal_hub.dim_blocked_areas IS
    'Commands find an area by its name.';
COMMENT ON CONSTRAINT dim_blocked_areas_is_polygon ON iot_personal_hub.dim_blocked_areas IS
    'A point or a line would mask nothing but its margin.';
COMMENT ON CONSTRAINT dim_blocked_areas_is_valid ON iot_personal_hub.dim_blocked_areas IS
    'An empty or self-crossing polygon would mask nothing, silently.';
COMMENT ON CONSTRAINT dim_blocked_areas_margin_is_sane ON iot_personal_hub.dim_blocked_areas IS
    'In metres; beyond 20 km the zone is no longer flat enough for the distance checks.';
COMMENT ON CONSTRAINT dim_blocked_areas_displacement_fkey ON iot_personal_hub.dim_blocked_areas IS
    'A displacement in use can''t be deleted: the zone would move.';

COMMENT ON CONSTRAINT hub_settings_pkey ON iot_personal_hub.hub_settings IS
    'A setting has one value.';

COMMENT ON CONSTRAINT raw_devices_properties_event_key ON iot_personal_hub.raw_devices_properties IS
    'An event is identified by its content: a repeated one meets this key and is not stored twice.';

COMMENT ON CONSTRAINT stale_hours_pkey ON iot_personal_hub.stale_hours IS
    'A log, not a set: a mark never waits for the worker that is refreshing the same hour.';

COMMENT ON CONSTRAINT stale_journeys_pkey ON iot_personal_hub.stale_journeys IS
    'A log, not a set, as stale_hours is.';
COMMENT ON CONSTRAINT stale_journeys_is_forward ON iot_personal_hub.stale_journeys IS
    'A change that ends before it starts would be a mistake of the refresh.';

COMMENT ON CONSTRAINT stale_drives_pkey ON iot_personal_hub.stale_drives IS
    'A log, not a set, as stale_hours is.';
COMMENT ON CONSTRAINT stale_drives_is_forward ON iot_personal_hub.stale_drives IS
    'A change that ends before it starts would be a mistake of the refresh.';
COMMENT ON CONSTRAINT car_readings_pkey ON iot_personal_hub.car_readings IS
    'Events of one instant make one reading.';
COMMENT ON CONSTRAINT car_readings_says_is_known ON iot_personal_hub.car_readings IS
    'What refresh_car_readings() tells apart.';
COMMENT ON CONSTRAINT drives_pkey ON iot_personal_hub.drives IS
    'A car is on one drive at a time: its start is what it is known by.';
COMMENT ON CONSTRAINT drives_is_forward ON iot_personal_hub.drives IS
    'It ends with a later reading than it starts with.';
COMMENT ON CONSTRAINT drives_distance_is_by_something ON iot_personal_hub.drives IS
    'A distance rests on one of the three; where none is known, on nothing.';
COMMENT ON CONSTRAINT charges_pkey ON iot_personal_hub.charges IS
    'A car is charged once at a time.';
COMMENT ON CONSTRAINT charges_is_forward ON iot_personal_hub.charges IS
    'It ends with a later reading than it starts with.';
COMMENT ON CONSTRAINT drive_corrections_pkey ON iot_personal_hub.drive_corrections IS
    'What commands call a correction.';
COMMENT ON CONSTRAINT drive_corrections_kind_is_known ON iot_personal_hub.drive_corrections IS
    'The kinds that derive_drives() and named_drives apply.';
COMMENT ON CONSTRAINT drive_corrections_is_forward ON iot_personal_hub.drive_corrections IS
    'An empty stretch would correct nothing, an endless one too much; a split is at an instant.';
COMMENT ON CONSTRAINT drive_corrections_name_is_given ON iot_personal_hub.drive_corrections IS
    'A name, and nothing else, has one.';
COMMENT ON CONSTRAINT drive_corrections_purpose_is_known ON iot_personal_hub.drive_corrections IS
    'What a tax office asks for.';

COMMENT ON CONSTRAINT journeys_pkey ON iot_personal_hub.journeys IS
    'A device does one thing at a time.';
COMMENT ON CONSTRAINT journeys_is_forward ON iot_personal_hub.journeys IS
    'Each lasts a minute at least.';
COMMENT ON CONSTRAINT journeys_kind_is_known ON iot_personal_hub.journeys IS
    'The kinds that derive_journeys() has.';
COMMENT ON CONSTRAINT journeys_mode_is_known ON iot_personal_hub.journeys IS
    'Modes that speeds tell apart, or that apps report.';
COMMENT ON CONSTRAINT journeys_stays_are_somewhere ON iot_personal_hub.journeys IS
    'A stay has a place; where a trip or a gap was is no single one.';
COMMENT ON CONSTRAINT journey_legs_pkey ON iot_personal_hub.journey_legs IS
    'A device moves in one mode at a time.';
COMMENT ON CONSTRAINT journey_legs_trip_fkey ON iot_personal_hub.journey_legs IS
    'They are derived with the trip, and go with it.';
COMMENT ON CONSTRAINT journey_legs_is_forward ON iot_personal_hub.journey_legs IS
    'Each lasts a minute at least, and is a part of its trip.';
COMMENT ON CONSTRAINT journey_legs_mode_is_known ON iot_personal_hub.journey_legs IS
    'The modes that trips have.';
COMMENT ON CONSTRAINT locations_hinted_mode_is_known ON iot_personal_hub.locations IS
    'The modes that hinted_mode() has.';

COMMENT ON CONSTRAINT map_cells_pkey ON iot_personal_hub.map_cells IS
    'A tile is read with all its devices and months.';
COMMENT ON CONSTRAINT map_cells_have_seconds ON iot_personal_hub.map_cells IS
    'The two arrays are read side by side.';
COMMENT ON CONSTRAINT stale_map_cells_pkey ON iot_personal_hub.stale_map_cells IS
    'A log, not a set, as stale_hours is.';

COMMENT ON CONSTRAINT shown_journeys_pkey ON iot_personal_hub.shown_journeys IS
    'As of journeys.';
COMMENT ON CONSTRAINT journeys_is_forward ON iot_personal_hub.shown_journeys IS
    'As of journeys.';
COMMENT ON CONSTRAINT journeys_kind_is_known ON iot_personal_hub.shown_journeys IS
    'As of journeys.';
COMMENT ON CONSTRAINT journeys_mode_is_known ON iot_personal_hub.shown_journeys IS
    'As of journeys.';
COMMENT ON CONSTRAINT journeys_stays_are_somewhere ON iot_personal_hub.shown_journeys IS
    'As of journeys.';
COMMENT ON CONSTRAINT shown_journey_legs_pkey ON iot_personal_hub.shown_journey_legs IS
    'As of journey_legs.';
COMMENT ON CONSTRAINT shown_journey_legs_trip_fkey ON iot_personal_hub.shown_journey_legs IS
    'They are withdrawn with their trip.';
COMMENT ON CONSTRAINT journey_legs_is_forward ON iot_personal_hub.shown_journey_legs IS
    'As of journey_legs.';
COMMENT ON CONSTRAINT journey_legs_mode_is_known ON iot_personal_hub.shown_journey_legs IS
    'As of journey_legs.';
COMMENT ON CONSTRAINT shown_map_cells_pkey ON iot_personal_hub.shown_map_cells IS
    'As of map_cells.';
COMMENT ON CONSTRAINT map_cells_have_seconds ON iot_personal_hub.shown_map_cells IS
    'As of map_cells.';
COMMENT ON CONSTRAINT stale_shown_journeys_pkey ON iot_personal_hub.stale_shown_journeys IS
    'A log, not a set, as stale_hours is.';
COMMENT ON CONSTRAINT stale_journeys_is_forward ON iot_personal_hub.stale_shown_journeys IS
    'As of stale_journeys.';
COMMENT ON CONSTRAINT stale_shown_map_cells_pkey ON iot_personal_hub.stale_shown_map_cells IS
    'A log, not a set, as stale_hours is.';

COMMENT ON CONSTRAINT quarantine_pkey ON iot_personal_hub.quarantine IS
    'What commands call an entry.';
COMMENT ON CONSTRAINT quarantine_payload_key ON iot_personal_hub.quarantine IS
    'A client that repeats a bad payload for ever fills one row.';
COMMENT ON CONSTRAINT quarantine_items_are_some ON iot_personal_hub.quarantine IS
    'An entry without a rejected part would mean nothing.';

COMMENT ON CONSTRAINT locations_pkey ON iot_personal_hub.locations IS
    'A phone repeats an old fix with every report: it is one location however often it came.';
COMMENT ON CONSTRAINT locations_is_on_earth ON iot_personal_hub.locations IS
    'A position outside these bounds is no position.';
COMMENT ON CONSTRAINT locations_outlier_is_known ON iot_personal_hub.locations IS
    'The reasons that mark_outliers() has.';

COMMENT ON CONSTRAINT private_hours_pkey ON iot_personal_hub.private_hours IS
    'An hour is masked once.';

COMMENT ON CONSTRAINT agg_hourly_devices_smartphone_events_counter_pkey ON iot_personal_hub.agg_hourly_devices_smartphone_events_counter IS
    'The grain. A refresh replaces the row by it.';

COMMENT ON CONSTRAINT agg_hourly_devices_smartphone_battery_details_pkey ON iot_personal_hub.agg_hourly_devices_smartphone_battery_details IS
    'The grain. A refresh replaces the row by it.';

COMMENT ON CONSTRAINT agg_hourly_devices_smartphone_location_details_pkey ON iot_personal_hub.agg_hourly_devices_smartphone_location_details IS
    'The grain. A refresh replaces the row by it.';

COMMENT ON CONSTRAINT agg_hourly_devices_metrics_pkey ON iot_personal_hub.agg_hourly_devices_metrics IS
    'The grain, ordered for charts: one metric of one device over a range of hours.';

COMMENT ON CONSTRAINT dim_properties_pkey ON iot_personal_hub.dim_properties IS
    'A property has one name, its metric''s.';
COMMENT ON CONSTRAINT dim_properties_path_key ON iot_personal_hub.dim_properties IS
    'A property has one rule: two would contradict each other.';
COMMENT ON CONSTRAINT dim_properties_aliases_are_keys ON iot_personal_hub.dim_properties IS
    'An alias stands in the group of its property.';
COMMENT ON CONSTRAINT dim_properties_aliases_no_position ON iot_personal_hub.dim_properties IS
    'Masking checks the position under its own names. Under an alias it would pass unseen.';
COMMENT ON CONSTRAINT dim_properties_is_shipped_whole ON iot_personal_hub.dim_properties IS
    'A row is the catalogue''s or the owner''s.';
COMMENT ON CONSTRAINT dim_properties_bounds_are_finite ON iot_personal_hub.dim_properties IS
    'An infinite or inverted bound would compile into a rule that admits everything or nothing.';
COMMENT ON CONSTRAINT dim_properties_disclosure_is_known ON iot_personal_hub.dim_properties IS
    'The classes that publication_rules() withholds.';
COMMENT ON CONSTRAINT dim_properties_enumeration_has_words ON iot_personal_hub.dim_properties IS
    'An enumeration lists its words, and nothing else does.';
COMMENT ON CONSTRAINT dim_properties_has_path ON iot_personal_hub.dim_properties IS
    'A property without a path is nowhere.';
COMMENT ON CONSTRAINT dim_properties_kind_is_known ON iot_personal_hub.dim_properties IS
    'Text, and the kinds that compile_publishable_properties() has a rule for.';
COMMENT ON CONSTRAINT dim_properties_number_has_bounds ON iot_personal_hub.dim_properties IS
    'Only numbers have bounds.';
COMMENT ON CONSTRAINT dim_properties_publishes_group_and_key ON iot_personal_hub.dim_properties IS
    'Published is {group: {key: value}}, so nothing at any other depth can be.';
COMMENT ON CONSTRAINT dim_properties_publishes_no_network ON iot_personal_hub.dim_properties IS
    'A network''s name gives its place away.';
COMMENT ON CONSTRAINT dim_properties_publishes_one_position ON iot_personal_hub.dim_properties IS
    'Masking checks the position under these names. Under any other it would pass unseen.';
COMMENT ON CONSTRAINT dim_properties_rolls_up_numbers ON iot_personal_hub.dim_properties IS
    'Only numbers have a minimum, an average and a maximum.';

COMMENT ON CONSTRAINT archive_objects_pkey ON iot_personal_hub.archive_objects IS
    'A day has one object, and one more each time late events came.';
COMMENT ON CONSTRAINT archive_objects_fingerprint_is_whole ON iot_personal_hub.archive_objects IS
    '16 bytes: a truncated fingerprint would match nothing.';
COMMENT ON CONSTRAINT archive_objects_sha256_is_whole ON iot_personal_hub.archive_objects IS
    '32 bytes: a truncated hash would match nothing.';

COMMENT ON CONSTRAINT retention_rules_scope_key ON iot_personal_hub.retention_rules IS
    'One rule per scope. NULL stands for every device, or every group.';
COMMENT ON CONSTRAINT retention_rules_device_fkey ON iot_personal_hub.retention_rules IS
    'A deleted device''s rules are deleted with it.';
COMMENT ON CONSTRAINT retention_rules_days_are_possible ON iot_personal_hub.retention_rules IS
    'Beyond a century a date would leave the calendar.';
COMMENT ON CONSTRAINT retention_rules_family_is_given ON iot_personal_hub.retention_rules IS
    'An empty group is written as NULL.';

COMMENT ON CONSTRAINT dropped_days_pkey ON iot_personal_hub.dropped_days IS
    'A day is dropped once; later drops add to its row.';
COMMENT ON CONSTRAINT dropped_days_fingerprint_is_whole ON iot_personal_hub.dropped_days IS
    '16 bytes: a truncated fingerprint would match nothing.';

COMMENT ON CONSTRAINT private_spans_pkey ON iot_personal_hub.private_spans IS
    'Spans of a device never overlap: an instant is in the last span that starts by then, or in none.';
COMMENT ON CONSTRAINT private_spans_is_forward ON iot_personal_hub.private_spans IS
    'A span that ends before it starts would mask nothing.';

COMMENT ON CONSTRAINT owner_password_pkey ON iot_personal_hub.owner_password IS
    'One row.';
COMMENT ON CONSTRAINT owner_password_is_one ON iot_personal_hub.owner_password IS
    'One row.';

COMMENT ON CONSTRAINT owner_sessions_pkey ON iot_personal_hub.owner_sessions IS
    'A session is identified by the hash of its cookie: a stolen copy of the table opens nothing.';
COMMENT ON CONSTRAINT owner_sessions_hash_is_sha256 ON iot_personal_hub.owner_sessions IS
    'A cookie in plain text would be stored as it is.';

COMMENT ON CONSTRAINT share_links_pkey ON iot_personal_hub.share_links IS
    'What openings and devices of a link refer to: names may repeat once a link is revoked.';
COMMENT ON CONSTRAINT share_links_token_key ON iot_personal_hub.share_links IS
    'A token opens one link.';
COMMENT ON CONSTRAINT share_links_kind_is_known ON iot_personal_hub.share_links IS
    'Each has a page that shows it.';
COMMENT ON CONSTRAINT share_links_trip_is_fixed ON iot_personal_hub.share_links IS
    'A trip and a year are stretches of time.';
COMMENT ON CONSTRAINT share_links_live_leads_somewhere ON iot_personal_hub.share_links IS
    'Without a destination no arrival is expected, and others have none.';
COMMENT ON CONSTRAINT share_links_live_is_precise ON iot_personal_hub.share_links IS
    'An expected arrival beside coarse positions would narrow them down.';
COMMENT ON CONSTRAINT share_links_ends ON iot_personal_hub.share_links IS
    'No link is valid for more than a year.';
COMMENT ON CONSTRAINT share_links_is_live_or_fixed ON iot_personal_hub.share_links IS
    'A window either slides or has fixed ends.';
COMMENT ON CONSTRAINT share_links_is_named ON iot_personal_hub.share_links IS
    'Commands find a link by its name.';
COMMENT ON CONSTRAINT share_links_live_is_possible ON iot_personal_hub.share_links IS
    'Shorter than an hour shows no whole hour; longer than a year no link is valid.';
COMMENT ON CONSTRAINT share_links_precision_is_known ON iot_personal_hub.share_links IS
    'Each a whole multiple of the one before, so that their grids nest.';
COMMENT ON CONSTRAINT share_links_token_is_hashed ON iot_personal_hub.share_links IS
    'A token in plain text would be stored as it is.';
COMMENT ON CONSTRAINT share_links_window_is_forward ON iot_personal_hub.share_links IS
    'A window that ends before it starts would show nothing.';

COMMENT ON CONSTRAINT share_link_devices_pkey ON iot_personal_hub.share_link_devices IS
    'A link shows a device once.';
COMMENT ON CONSTRAINT share_link_devices_device_fkey ON iot_personal_hub.share_link_devices IS
    'A deleted device leaves its links.';
COMMENT ON CONSTRAINT share_link_devices_share_fkey ON iot_personal_hub.share_link_devices IS
    'Deleting a link deletes its list of devices.';

COMMENT ON CONSTRAINT share_openings_pkey ON iot_personal_hub.share_openings IS
    'A minute has one row however often the link is opened in it: a reader can''t fill the disk.';
COMMENT ON CONSTRAINT share_openings_share_fkey ON iot_personal_hub.share_openings IS
    'Deleting a link deletes its log.';

COMMENT ON CONSTRAINT roll_up_makers_pkey ON iot_personal_hub.roll_up_makers IS
    'A scheduler has one heartbeat.';
COMMENT ON CONSTRAINT roll_up_makers_maker_is_known ON iot_personal_hub.roll_up_makers IS
    'The schedulers that the worker fails over for; the worker itself has no row.';

COMMENT ON CONSTRAINT device_payload_keys_pkey ON iot_personal_hub.device_payload_keys IS
    'A device has one key.';
COMMENT ON CONSTRAINT device_payload_keys_device_fkey ON iot_personal_hub.device_payload_keys IS
    'A deleted device''s key is deleted with it.';
COMMENT ON CONSTRAINT device_payload_keys_key_is_given ON iot_personal_hub.device_payload_keys IS
    'An empty key would decrypt nothing.';

COMMENT ON CONSTRAINT published_devices_pkey ON iot_personal_hub.published_devices IS
    'The grain.';

COMMENT ON CONSTRAINT shown_events_pkey ON iot_personal_hub.shown_events IS
    'The grain, in the order in which pages of events are read.';

COMMENT ON CONSTRAINT shown_locations_pkey ON iot_personal_hub.shown_locations IS
    'The grain, in the order in which tracks are read, with all that a map needs.';

COMMENT ON CONSTRAINT shown_hourly_events_counter_pkey ON iot_personal_hub.shown_hourly_events_counter IS
    'The grain.';

COMMENT ON CONSTRAINT shown_hourly_battery_details_pkey ON iot_personal_hub.shown_hourly_battery_details IS
    'The grain.';

COMMENT ON CONSTRAINT shown_hourly_location_details_pkey ON iot_personal_hub.shown_hourly_location_details IS
    'The grain.';

COMMENT ON CONSTRAINT shown_hourly_metrics_pkey ON iot_personal_hub.shown_hourly_metrics IS
    'The grain, ordered for charts: one metric of one device over a range of hours.';

COMMENT ON CONSTRAINT published_settings_pkey ON iot_personal_hub.published_settings IS
    'One row.';
COMMENT ON CONSTRAINT published_settings_is_one ON iot_personal_hub.published_settings IS
    'One row.';

COMMENT ON CONSTRAINT due_hours_pkey ON iot_personal_hub.due_hours IS
    'An hour is queued once.';

COMMENT ON CONSTRAINT masking_jobs_pkey ON iot_personal_hub.masking_jobs IS
    'The grain: a second change of the areas begins the device again.';
COMMENT ON CONSTRAINT masking_jobs_device_fkey ON iot_personal_hub.masking_jobs IS
    'A device that is removed has nothing to judge.';
COMMENT ON CONSTRAINT changed_zones_pkey ON iot_personal_hub.changed_zones IS
    'The grain.';

COMMENT ON CONSTRAINT pending_packing_pkey ON iot_personal_hub.pending_packing IS
    'One row.';
COMMENT ON CONSTRAINT pending_packing_is_one ON iot_personal_hub.pending_packing IS
    'One row.';

COMMENT ON CONSTRAINT readers_pkey ON iot_personal_hub.readers IS
    'What grants refer to: names may repeat once a reader is revoked.';
COMMENT ON CONSTRAINT readers_token_key ON iot_personal_hub.readers IS
    'A token belongs to one reader.';
COMMENT ON CONSTRAINT readers_is_named ON iot_personal_hub.readers IS
    'Commands find a reader by its name.';
COMMENT ON CONSTRAINT readers_token_is_hashed ON iot_personal_hub.readers IS
    'A token in plain text would be stored as it is.';
COMMENT ON CONSTRAINT readers_view_is_known ON iot_personal_hub.readers IS
    'The owner''s views or everyone''s.';

COMMENT ON CONSTRAINT reader_devices_pkey ON iot_personal_hub.reader_devices IS
    'A device is granted once.';
COMMENT ON CONSTRAINT reader_devices_device_fkey ON iot_personal_hub.reader_devices IS
    'A deleted device leaves all grants.';
COMMENT ON CONSTRAINT reader_devices_reader_fkey ON iot_personal_hub.reader_devices IS
    'Deleting a reader deletes its grants.';

COMMENT ON CONSTRAINT zone_displacements_pkey ON iot_personal_hub.zone_displacements IS
    'What areas refer to.';

COMMENT ON CONSTRAINT zone_crossings_pkey ON iot_personal_hub.zone_crossings IS
    'A transaction''s crossings of a device are one number.';
COMMENT ON CONSTRAINT zone_crossings_device_fkey ON iot_personal_hub.zone_crossings IS
    'A deleted device''s crossings are deleted with it.';

COMMENT ON CONSTRAINT publication_watches_pkey ON iot_personal_hub.publication_watches IS
    'A device has one watch.';
COMMENT ON CONSTRAINT publication_watches_device_fkey ON iot_personal_hub.publication_watches IS
    'A deleted device''s watch is deleted with it.';

COMMENT ON CONSTRAINT dim_devices_room_is_given ON iot_personal_hub.dim_devices IS
    'No room is null.';

COMMENT ON CONSTRAINT discovered_devices_pkey ON iot_personal_hub.discovered_devices IS
    'An identity is one device for ever, however it is called.';
COMMENT ON CONSTRAINT discovered_devices_device_fkey ON iot_personal_hub.discovered_devices IS
    'A deleted device is proposed again when it is heard.';
COMMENT ON CONSTRAINT discovered_devices_status_is_known ON iot_personal_hub.discovered_devices IS
    'The receiver knows no other.';
COMMENT ON CONSTRAINT discovered_devices_approved_has_device ON iot_personal_hub.discovered_devices IS
    'Approved means that its messages become events of a device.';
COMMENT ON CONSTRAINT discovered_devices_availability_is_known ON iot_personal_hub.discovered_devices IS
    'Unknown is not offline.';

COMMENT ON CONSTRAINT discovery_rules_pkey ON iot_personal_hub.discovery_rules IS
    'A pattern has one decision.';
COMMENT ON CONSTRAINT discovery_rules_pattern_is_given ON iot_personal_hub.discovery_rules IS
    'An empty pattern would match nothing.';
COMMENT ON CONSTRAINT discovery_rules_decision_is_known ON iot_personal_hub.discovery_rules IS
    'apply_discovery_rules() knows no other.';

COMMENT ON CONSTRAINT held_messages_pkey ON iot_personal_hub.held_messages IS
    'Messages of an identity in the order in which they came.';

COMMENT ON CONSTRAINT countries_pkey ON iot_personal_hub.countries IS
    'A country is its code.';
COMMENT ON CONSTRAINT gazetteer_version_pkey ON iot_personal_hub.gazetteer_version IS
    'A version is loaded once.';

COMMENT ON CONSTRAINT places_pkey ON iot_personal_hub.places IS
    'What stays refer to.';
COMMENT ON CONSTRAINT places_name_key ON iot_personal_hub.places IS
    'Several places may have one name, at one point no two.';
COMMENT ON CONSTRAINT places_name_is_given ON iot_personal_hub.places IS
    'Commands and pages find a place by its name.';
COMMENT ON CONSTRAINT places_kind_is_known ON iot_personal_hub.places IS
    'Pages have a symbol for each.';
COMMENT ON CONSTRAINT places_latitude_is_in_range ON iot_personal_hub.places IS
    'A place is on earth.';
COMMENT ON CONSTRAINT places_longitude_is_canonical ON iot_personal_hub.places IS
    'The antimeridian has one value, as in locations.';
COMMENT ON CONSTRAINT places_radius_is_in_range ON iot_personal_hub.places IS
    'place_at() looks no further than 5 km.';

COMMENT ON CONSTRAINT journey_places_pkey ON iot_personal_hub.journey_places IS
    'A stay is looked up once.';
COMMENT ON CONSTRAINT journey_places_journey_fkey ON iot_personal_hub.journey_places IS
    'What a stay was called is deleted with it.';
COMMENT ON CONSTRAINT journey_places_place_fkey ON iot_personal_hub.journey_places IS
    'Stays outlive a place.';

COMMENT ON CONSTRAINT corrections_pkey ON iot_personal_hub.corrections IS
    'What commands call a correction.';
COMMENT ON CONSTRAINT corrections_kind_is_known ON iot_personal_hub.corrections IS
    'The kinds that mark_outliers() and derive_journeys() apply.';
COMMENT ON CONSTRAINT corrections_is_forward ON iot_personal_hub.corrections IS
    'An empty stretch would correct nothing; a split is at an instant.';
COMMENT ON CONSTRAINT corrections_of_journeys_are_of_minutes ON iot_personal_hub.corrections IS
    'Journeys are of whole minutes.';
COMMENT ON CONSTRAINT corrections_source_is_of_fixes ON iot_personal_hub.corrections IS
    'Journeys are derived from the fixes of all sources.';
COMMENT ON CONSTRAINT corrections_becomes_is_known ON iot_personal_hub.corrections IS
    'Only what is merged becomes something; what is hidden is a gap.';
COMMENT ON CONSTRAINT corrections_mode_is_known ON iot_personal_hub.corrections IS
    'The modes that journeys have.';
COMMENT ON CONSTRAINT corrections_position_is_somewhere ON iot_personal_hub.corrections IS
    'Only a stay is moved, to a position on Earth.';

COMMENT ON CONSTRAINT photos_pkey ON iot_personal_hub.photos IS
    'What addresses call a photo: a path is in none of them.';
COMMENT ON CONSTRAINT photos_path_key ON iot_personal_hub.photos IS
    'A file is one photo.';
COMMENT ON CONSTRAINT photos_position_is_whole ON iot_personal_hub.photos IS
    'A position is on earth, and not half known.';

COMMENT ON CONSTRAINT refuels_pkey ON iot_personal_hub.refuels IS
    'What commands call a line of the fuel log.';
COMMENT ON CONSTRAINT refuels_litres_are_of_a_tank ON iot_personal_hub.refuels IS
    'A slip of the decimal point would spoil every mean.';
COMMENT ON CONSTRAINT refuels_odometer_is_no_glitch ON iot_personal_hub.refuels IS
    'The range that the catalogue gives odometers.';
COMMENT ON CONSTRAINT refuels_cost_is_not_negative ON iot_personal_hub.refuels IS
    'Nobody is paid for refuelling.';
COMMENT ON CONSTRAINT refuels_note_is_short ON iot_personal_hub.refuels IS
    'Pages show it in a line.';

COMMENT ON CONSTRAINT electricity_prices_pkey ON iot_personal_hub.electricity_prices IS
    'What commands call a price.';
COMMENT ON CONSTRAINT electricity_prices_price_is_not_negative ON iot_personal_hub.electricity_prices IS
    'A slip would make a charge earn money.';
COMMENT ON CONSTRAINT electricity_prices_place_fkey ON iot_personal_hub.electricity_prices IS
    'A price of a place goes with the place.';

COMMENT ON CONSTRAINT service_reminders_pkey ON iot_personal_hub.service_reminders IS
    'What commands call a reminder.';
COMMENT ON CONSTRAINT service_reminders_name_is_given ON iot_personal_hub.service_reminders IS
    'Pages show it in a line.';
COMMENT ON CONSTRAINT service_reminders_has_an_interval ON iot_personal_hub.service_reminders IS
    'Without one it would never be due.';
COMMENT ON CONSTRAINT service_reminders_every_km_is_forward ON iot_personal_hub.service_reminders IS
    'One of 0 km would always be due.';
COMMENT ON CONSTRAINT service_reminders_every_months_is_forward ON iot_personal_hub.service_reminders IS
    'One of 0 months would always be due.';
COMMENT ON CONSTRAINT service_reminders_odometer_is_no_glitch ON iot_personal_hub.service_reminders IS
    'The range that the catalogue gives odometers.';
COMMENT ON CONSTRAINT service_reminders_counts_from_somewhere ON iot_personal_hub.service_reminders IS
    'A distance counts from an odometer reading.';
COMMENT ON CONSTRAINT alert_channels_pkey ON iot_personal_hub.alert_channels IS
    'Deliveries refer to it.';
COMMENT ON CONSTRAINT alert_channels_name_is_given ON iot_personal_hub.alert_channels IS
    'Commands and the page call it by its name.';
COMMENT ON CONSTRAINT alert_channels_kind_is_known ON iot_personal_hub.alert_channels IS
    'The kinds that deliver.';
COMMENT ON CONSTRAINT alert_channels_failure_has_a_start ON iot_personal_hub.alert_channels IS
    'What fails has been failing since some time.';
COMMENT ON CONSTRAINT alert_rules_pkey ON iot_personal_hub.alert_rules IS
    'What commands call a rule.';
COMMENT ON CONSTRAINT alert_rules_device_fkey ON iot_personal_hub.alert_rules IS
    'The rules of a deleted device are deleted with it.';
COMMENT ON CONSTRAINT alert_rules_place_fkey ON iot_personal_hub.alert_rules IS
    'A rule over a removed place could never be met.';
COMMENT ON CONSTRAINT alert_rules_name_is_given ON iot_personal_hub.alert_rules IS
    'Notices are read by it.';
COMMENT ON CONSTRAINT alert_rules_kind_is_known ON iot_personal_hub.alert_rules IS
    'The kinds that verdicts_of_readings(), judge_silences() and judge_conditions() judge.';
COMMENT ON CONSTRAINT alert_rules_value_has_a_limit ON iot_personal_hub.alert_rules IS
    'Without one nothing is beyond it.';
COMMENT ON CONSTRAINT alert_rules_change_has_a_size ON iot_personal_hub.alert_rules IS
    'A change is by how much, in which time.';
COMMENT ON CONSTRAINT alert_rules_changes_are_numbers ON iot_personal_hub.alert_rules IS
    'A value that does not change is no change.';
COMMENT ON CONSTRAINT alert_rules_within_is_short ON iot_personal_hub.alert_rules IS
    'Each judgement reads so much of the past again.';
COMMENT ON CONSTRAINT alert_rules_usage_has_a_span ON iot_personal_hub.alert_rules IS
    'Usage is judged by the hour or by the day.';
COMMENT ON CONSTRAINT alert_rules_per_is_known ON iot_personal_hub.alert_rules IS
    'What verdicts_of_usage() adds up.';
COMMENT ON CONSTRAINT alert_rules_ahead_is_of_services ON iot_personal_hub.alert_rules IS
    'Only a service is known before it is due.';
COMMENT ON CONSTRAINT alert_rules_ahead_is_forward ON iot_personal_hub.alert_rules IS
    'Ahead is before it is due.';
COMMENT ON CONSTRAINT alert_rules_things_do_not_last ON iot_personal_hub.alert_rules IS
    'What is found at once, or over when it is known, has not to last.';
COMMENT ON CONSTRAINT alert_rules_checks_are_of_the_hub ON iot_personal_hub.alert_rules IS
    'The checks are of the hub, which is no device.';
COMMENT ON CONSTRAINT alert_rules_limits_are_numbers ON iot_personal_hub.alert_rules IS
    'No measurement is beyond; a margin widens.';
COMMENT ON CONSTRAINT alert_rules_state_has_a_value ON iot_personal_hub.alert_rules IS
    'A state is compared with it.';
COMMENT ON CONSTRAINT alert_rules_place_is_given ON iot_personal_hub.alert_rules IS
    'One enters and leaves a place.';
COMMENT ON CONSTRAINT alert_rules_lasts_is_forward ON iot_personal_hub.alert_rules IS
    'Turns of more than 31 days ago are trimmed.';
COMMENT ON CONSTRAINT alert_rules_severity_is_known ON iot_personal_hub.alert_rules IS
    'The words of severity.';
COMMENT ON CONSTRAINT alert_rules_late_is_known ON iot_personal_hub.alert_rules IS
    'What settle_alerts() knows to do.';
COMMENT ON CONSTRAINT alert_rules_repeat_is_no_flood ON iot_personal_hub.alert_rules IS
    'A reminder every few seconds would be switched off.';
COMMENT ON CONSTRAINT alert_rules_quiet_hours_are_whole ON iot_personal_hub.alert_rules IS
    'Hours begin and end.';
COMMENT ON CONSTRAINT alert_marks_pkey ON iot_personal_hub.alert_marks IS
    'A log, not a set: a mark never waits for the one who reads the others.';
COMMENT ON CONSTRAINT alert_turns_pkey ON iot_personal_hub.alert_turns IS
    'One verdict for an instant.';
COMMENT ON CONSTRAINT alert_states_pkey ON iot_personal_hub.alert_states IS
    'A rule fires for a device or does not.';
COMMENT ON CONSTRAINT alert_states_rule_fkey ON iot_personal_hub.alert_states IS
    'A deleted rule''s states are deleted with it.';
COMMENT ON CONSTRAINT alert_states_device_fkey ON iot_personal_hub.alert_states IS
    'A deleted device''s states are deleted with it.';
COMMENT ON CONSTRAINT alert_outbox_pkey ON iot_personal_hub.alert_outbox IS
    'Deliveries refer to it.';
COMMENT ON CONSTRAINT alert_outbox_is_written_once ON iot_personal_hub.alert_outbox IS
    'A change at an instant has one notice, however often its readings come.';
COMMENT ON CONSTRAINT alert_outbox_kind_is_known ON iot_personal_hub.alert_outbox IS
    'What a channel can say.';
COMMENT ON CONSTRAINT alert_outbox_rule_fkey ON iot_personal_hub.alert_outbox IS
    'A deleted rule''s notices are deleted with it.';
COMMENT ON CONSTRAINT alert_outbox_device_fkey ON iot_personal_hub.alert_outbox IS
    'A deleted device''s notices are deleted with it.';
COMMENT ON CONSTRAINT alert_deliveries_pkey ON iot_personal_hub.alert_deliveries IS
    'A channel gets a notice once.';
COMMENT ON CONSTRAINT alert_deliveries_outbox_fkey ON iot_personal_hub.alert_deliveries IS
    'A trimmed notice''s deliveries go with it.';
COMMENT ON CONSTRAINT alert_deliveries_channel_fkey ON iot_personal_hub.alert_deliveries IS
    'A deleted channel''s deliveries are deleted with it.';
COMMENT ON CONSTRAINT alert_clock_pkey ON iot_personal_hub.alert_clock IS
    'There is one clock.';
COMMENT ON CONSTRAINT alert_clock_is_one_row ON iot_personal_hub.alert_clock IS
    'There is one clock.';
