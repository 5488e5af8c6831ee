-- Whether a device publishes nothing new, since it was used to ask where a zone is.
CREATE OR REPLACE FUNCTION iot_personal_hub.publication_is_paused(p_device_id integer)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT
        FROM iot_personal_hub.publication_watches AS watch
        WHERE watch.device_id = p_device_id AND watch.paused_at IS NOT NULL)
$$;
