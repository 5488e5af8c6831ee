-- Notes that the device of the session's live link has arrived, where it has: the link ends an hour later, and shows nothing
-- after the arrival whatever is drawn or withdrawn since. With the owner's rights, since a guest has none to write.
CREATE OR REPLACE FUNCTION iot_hub_shared.note_arrival()
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE iot_personal_hub.share_links AS link
    SET arrived_at = access.arrived_at,
        expires_at = least(link.expires_at, greatest(access.arrived_at, now() - interval '50 minutes') + interval '1 hour')
    FROM iot_hub_shared.access AS access
    WHERE link.id = access.share_id
      AND link.arrived_at IS NULL
      AND access.arrived_at IS NOT NULL;
$$;
