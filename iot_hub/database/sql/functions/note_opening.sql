-- Logs that the link of the session's token is opened now; without a valid token, nothing. With the owner's rights,
-- since a guest has none to write. A minute is logged once, and of a link's minutes the newest 1000 stay.
CREATE OR REPLACE FUNCTION iot_hub_shared.note_opening()
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO iot_personal_hub.share_openings (share_id, opened_at)
    SELECT access.share_id, date_trunc('minute', now(), 'UTC')
    FROM iot_hub_shared.access AS access
    ON CONFLICT DO NOTHING;

    DELETE FROM iot_personal_hub.share_openings AS opening
    USING iot_hub_shared.access AS access
    WHERE opening.share_id = access.share_id
      AND opening.opened_at < (
          SELECT newest.opened_at
          FROM iot_personal_hub.share_openings AS newest
          WHERE newest.share_id = access.share_id
          ORDER BY newest.opened_at DESC
          OFFSET 999
          LIMIT 1);
$$;
