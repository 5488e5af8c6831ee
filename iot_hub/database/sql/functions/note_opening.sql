-- Notes that the link whose token the session holds is opened now; without a valid one, nothing.
-- With the owner's rights, since a link's reader has none to write. A minute is noted once, and of a
-- link's minutes the newest 1000 stay.
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
          SELECT kept.opened_at
          FROM iot_personal_hub.share_openings AS kept
          WHERE kept.share_id = access.share_id
          ORDER BY kept.opened_at DESC
          OFFSET 999
          LIMIT 1);
$$;
