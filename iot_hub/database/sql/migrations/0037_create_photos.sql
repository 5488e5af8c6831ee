-- Photos of the owner's folder: when and where each was taken.

CREATE TABLE iot_personal_hub.photos (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    path        text   NOT NULL,
    file_bytes  bigint NOT NULL,
    modified_ns bigint NOT NULL,
    taken_at    timestamptz,
    latitude    double precision,
    longitude   double precision,
    width       integer,
    height      integer,
    CONSTRAINT photos_pkey PRIMARY KEY (id),
    CONSTRAINT photos_path_key UNIQUE (path),
    CONSTRAINT photos_position_is_whole CHECK (
        (latitude IS NULL) = (longitude IS NULL)
        AND latitude BETWEEN -90 AND 90 AND longitude >= -180 AND longitude < 180)
);
COMMENT ON TABLE iot_personal_hub.photos IS
    'One row per photo of the folder IOT_HUB_PHOTOS. Read from its files by scan_photos; not in backups. Only the owner reads it.';
COMMENT ON COLUMN iot_personal_hub.photos.path IS
    'The file''s path in the folder.';
COMMENT ON COLUMN iot_personal_hub.photos.modified_ns IS
    'When the file was changed last, in nanoseconds since 1970. A file with another size or time is read again.';
COMMENT ON COLUMN iot_personal_hub.photos.taken_at IS
    'NULL: the file does not say.';
COMMENT ON COLUMN iot_personal_hub.photos.latitude IS
    'NULL: the file does not say. It is not taken from where devices were.';
COMMENT ON COLUMN iot_personal_hub.photos.width IS
    'As it is looked at, upright. NULL: the file can''t be read as a photo.';
CREATE INDEX photos_taken_at_idx ON iot_personal_hub.photos (taken_at);
