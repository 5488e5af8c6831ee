-- The newer name of view_device_locations_gis_stricted: the first beta had both.
CREATE OR REPLACE VIEW iot_personal_hub.view_devices_smartphone_location_gis_stricted AS
SELECT older.id, older.device_id, older.device_timestamp, older.location, older.location_time
FROM iot_personal_hub.view_device_locations_gis_stricted AS older;

COMMENT ON VIEW iot_personal_hub.view_devices_smartphone_location_gis_stricted IS
    'One row per distinct fix of the last 7 days outside all private areas.';
