-- What holds for everything published of a device at this moment:
--
--  due_before: what was measured from then on is not due yet. A hub with private areas publishes 15 minutes
--    late, and at whole minutes: the moment at which a row appears must not depend on what else came in.
--  withheld: the classes of properties that are left out. A level or a counter that is read before and after
--    a silence tells what happened meanwhile. Of a device without positions nothing is hidden.
--
-- Both depend on whether there is an area, and not on whether the device has been in one: comparing two devices would
-- reveal that.
CREATE OR REPLACE FUNCTION iot_personal_hub.publication_rules(
    p_device_id integer, OUT due_before timestamptz, OUT withheld text[])
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    due_before := 'infinity';
    withheld := '{}';
    IF EXISTS (SELECT FROM iot_personal_hub.dim_blocked_areas) THEN
        due_before := date_trunc('minute', now()) - interval '15 minutes';
        IF EXISTS (SELECT FROM iot_personal_hub.locations AS location WHERE location.device_id = p_device_id) THEN
            withheld := '{charge,counter}';
        END IF;
    END IF;
END
$$;
