-- Withdraws every published reading. The caller holds the refresh locks of all devices.
--
-- Emptied tables keep no page of what was in them. Where somebody reads one for more than a second, its rows are
-- deleted instead: nobody may keep the owner from hiding a place.
CREATE OR REPLACE FUNCTION iot_personal_hub.withdraw_everything()
RETURNS void
LANGUAGE plpgsql
SET lock_timeout = '1s'
AS $$
BEGIN
    TRUNCATE
        iot_personal_hub.published_events,
        iot_personal_hub.published_locations,
        iot_personal_hub.published_hourly_battery_details,
        iot_personal_hub.published_hourly_events_counter,
        iot_personal_hub.published_hourly_location_details,
        iot_personal_hub.published_hourly_metrics;
EXCEPTION WHEN lock_not_available THEN
    DELETE FROM iot_personal_hub.published_events;
    DELETE FROM iot_personal_hub.published_locations;
    DELETE FROM iot_personal_hub.published_hourly_battery_details;
    DELETE FROM iot_personal_hub.published_hourly_events_counter;
    DELETE FROM iot_personal_hub.published_hourly_location_details;
    DELETE FROM iot_personal_hub.published_hourly_metrics;
END
$$;
