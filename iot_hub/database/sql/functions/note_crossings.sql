-- Counts the borders of a published device's private spans that newly received fixes have moved: each reveals a border
-- of a zone. Too many in a day pause the device's publication until its owner confirms it: one token can send a thousand
-- old fixes in a second, and read from the track which of them are in a zone.
--
-- What a device reports as it happens does not count: the 15 minutes, and the hour around a stay that is hidden, leave
-- few such borders in a day.
CREATE OR REPLACE FUNCTION iot_personal_hub.note_crossings(
    p_device_id integer, p_hidden tstzmultirange, p_shown tstzmultirange)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    most_a_day CONSTANT integer := 16;
    moved CONSTANT integer := (
        SELECT count(*)
        FROM (SELECT unnest(p_hidden) UNION ALL SELECT unnest(p_shown)) AS stretch (moved)
        WHERE coalesce(lower(stretch.moved), '-infinity')
              NOT BETWEEN now() - interval '2 hours' AND now() + interval '1 hour');
BEGIN
    IF moved = 0
       OR NOT EXISTS (
           SELECT FROM iot_personal_hub.dim_devices AS device WHERE device.id = p_device_id AND device.published)
       OR EXISTS (
           SELECT
           FROM iot_personal_hub.publication_watches AS watch
           WHERE watch.device_id = p_device_id AND (watch.counts_from > now() OR watch.paused_at IS NOT NULL)) THEN
        RETURN;
    END IF;

    DELETE FROM iot_personal_hub.zone_crossings AS noted
    WHERE noted.device_id = p_device_id AND noted.noted_at <= now() - interval '1 day';

    INSERT INTO iot_personal_hub.zone_crossings AS noted (device_id, crossings)
    VALUES (p_device_id, moved)
    ON CONFLICT (device_id, noted_at) DO UPDATE SET crossings = noted.crossings + excluded.crossings;

    INSERT INTO iot_personal_hub.publication_watches AS watch (device_id, paused_at)
    SELECT p_device_id, now()
    FROM iot_personal_hub.zone_crossings AS noted
    WHERE noted.device_id = p_device_id
    HAVING sum(noted.crossings) > most_a_day
    ON CONFLICT (device_id) DO UPDATE SET paused_at = excluded.paused_at;
END
$$;
