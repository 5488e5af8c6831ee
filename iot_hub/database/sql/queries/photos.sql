-- The owner's photos.

-- name: known_photos
-- What was scanned, to see which files have changed.
SELECT photo.id, photo.path, photo.file_bytes, photo.modified_ns
FROM iot_personal_hub.photos AS photo;

-- name: store_photo
-- Adds or replaces a photo. A local time is that of the place, where the hub knows its zone, else of the owner's zone.
INSERT INTO iot_personal_hub.photos AS photo
    (path, file_bytes, modified_ns, taken_at, latitude, longitude, width, height)
SELECT
    given.path, %(file_bytes)s::bigint, %(modified_ns)s::bigint,
    coalesce(
        %(taken_at)s::timestamptz,
        %(taken_local)s::timestamp AT TIME ZONE coalesce(
            CASE WHEN given.latitude IS NOT NULL THEN
                iot_personal_hub.zone_of(given.latitude, given.longitude, NULL::text) END,
            %(zone)s::text)),
    given.latitude, given.longitude, %(width)s::integer, %(height)s::integer
FROM (
    VALUES (%(path)s::text, %(latitude)s::double precision, %(longitude)s::double precision)
) AS given (path, latitude, longitude)
ON CONFLICT (path) DO UPDATE SET
    file_bytes = excluded.file_bytes,
    modified_ns = excluded.modified_ns,
    taken_at = excluded.taken_at,
    latitude = excluded.latitude,
    longitude = excluded.longitude,
    width = excluded.width,
    height = excluded.height;

-- name: remove_photos
-- Removes photos whose files are gone.
DELETE FROM iot_personal_hub.photos AS photo
WHERE photo.id = ANY (%(ids)s::bigint[]);

-- name: count_photos
-- How many photos there are, and how many files can't be read as one.
SELECT
    count(*) FILTER (WHERE photo.width IS NOT NULL) AS photos,
    count(*) FILTER (WHERE photo.width IS NULL) AS unreadable
FROM iot_personal_hub.photos AS photo;

-- name: photos_of_range
-- The photos that were taken in a range, oldest first.
SELECT photo.id, photo.path, photo.taken_at, photo.latitude, photo.longitude, photo.width, photo.height
FROM iot_personal_hub.photos AS photo
WHERE photo.taken_at >= %(since)s::timestamptz
  AND photo.taken_at < %(until)s::timestamptz
  AND photo.width IS NOT NULL
ORDER BY photo.taken_at, photo.id
LIMIT %(limit)s::bigint;

-- name: photo_file
-- The file of a photo.
SELECT photo.path, photo.modified_ns
FROM iot_personal_hub.photos AS photo
WHERE photo.id = %(id)s::bigint
  AND photo.width IS NOT NULL;
