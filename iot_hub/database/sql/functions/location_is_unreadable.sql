-- Whether an event contains a position that the hub can't read: no private area can be checked, so it is hidden.
-- iot_hub/sources/unreadable_location.py has the same rule, to warn the sender.
--
-- A location without a fix contains none: none of its own keys beyond the known ones, and a position that is missing,
-- null or exactly (0, 0). It is treated like an event without any location, by the time of the event.
CREATE OR REPLACE FUNCTION iot_personal_hub.location_is_unreadable(properties jsonb)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
    location CONSTANT jsonb := properties -> 'location';
    latitude CONSTANT numeric := iot_personal_hub.number_of(location -> 'latitude');
    longitude CONSTANT numeric := iot_personal_hub.number_of(location -> 'longitude');
BEGIN
    IF latitude BETWEEN -90 AND 90 AND longitude BETWEEN -360 AND 360
       AND (latitude <> 0 OR longitude NOT IN (0, -360, 360)) THEN
        RETURN false;
    END IF;
    IF jsonb_typeof(location) <> 'null' THEN
        IF jsonb_typeof(location) <> 'object' THEN
            RETURN true;
        END IF;
        IF jsonb_strip_nulls(location - '{
                altitude_m,altitude_msl_m,bearing,satellites,hdop,mock,fix_provider,fix_timestamp,fix_speed_ms,
                fix_accuracy_m,fix_vertical_accuracy_m,fix_speed_accuracy_ms,fix_bearing_accuracy}'::text[])
           NOT IN ('{}', '{"latitude": 0, "longitude": 0}') THEN
            RETURN true;
        END IF;
    END IF;
    -- Most events that have no location, those of sensors, end here: paths cost ten times as much.
    IF properties::text !~* 'lat|lon|lng|coord|geo|gps|loc|position' THEN
        RETURN false;
    END IF;
    -- A position under another name, beside the groups or in one that measures something else.
    RETURN jsonb_path_exists(properties, '$.keyvalue() ? (
            @.key != "location" && @.value.type() != "null"
            && @.key like_regex "latitude|longitude|coordinate|geohash|^(loc|location|gps|position|coords?|geo|geometry|geolocation|geopoint|latl(ng|on|ong))$|(^|[^a-z])(lat|lon|lng)([^a-z]|$)" flag "is")', silent => true)
        OR jsonb_path_exists(properties, '$.keyvalue() ? (
            @.key like_regex "^(air|battery|body|climate|contact|energy|event|light|machine|motion|network|state|vehicle|water|weather)$"
            && @.value.type() == "object").value.keyvalue() ? (
            @.value.type() != "null"
            && @.key like_regex "latitude|longitude|coordinate|geohash|^(loc|location|gps|position|coords?|geo|geometry|geolocation|geopoint|latl(ng|on|ong))$|(^|[^a-z])(lat|lon|lng)([^a-z]|$)" flag "is")', silent => true);
END
$$;
