-- name: exposure
-- One row: what is published, how many links and readers' tokens are valid, and whether any place is private.
SELECT
    coalesce((
        SELECT array_agg(device.name ORDER BY lower(device.name), device.id)
        FROM iot_personal_hub.dim_devices AS device
        WHERE device.published), '{}') AS published,
    (SELECT count(*)
     FROM iot_personal_hub.share_links AS link
     WHERE link.revoked_at IS NULL AND link.expires_at > now()) AS links,
    (SELECT count(*) FROM iot_personal_hub.readers AS reader WHERE reader.revoked_at IS NULL) AS readers,
    (SELECT setting.stays_shown FROM iot_personal_hub.published_settings AS setting) AS stays,
    EXISTS (SELECT FROM iot_personal_hub.dim_blocked_areas) AS has_area;

-- name: stays_shown
-- One row: whether others see published stays.
SELECT setting.stays_shown FROM iot_personal_hub.published_settings AS setting;

-- name: show_stays
INSERT INTO iot_personal_hub.hub_settings AS setting (name, value)
VALUES ('stays_shown', CASE WHEN %(shown)s THEN 'yes' ELSE 'no' END)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: publish_all_devices
UPDATE iot_personal_hub.dim_devices AS device SET published = true RETURNING device.name;

-- name: publish_linked_devices
-- The devices of share links that open now.
UPDATE iot_personal_hub.dim_devices AS device
SET published = true
WHERE EXISTS (
    SELECT
    FROM iot_personal_hub.share_link_devices AS shown
    JOIN iot_personal_hub.share_links AS link ON link.id = shown.share_id
    WHERE shown.device_id = device.id AND link.revoked_at IS NULL AND link.expires_at > now())
RETURNING device.name;

-- name: set_device_published
-- Written also where it is so already: to publish again confirms it.
UPDATE iot_personal_hub.dim_devices AS device
SET published = %(published)s
WHERE device.id = %(device_id)s
RETURNING device.id;

