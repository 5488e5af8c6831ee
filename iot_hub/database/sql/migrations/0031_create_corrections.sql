-- What the owner has put right: fixes that are wrong, and how journeys really were. What came from devices stays as it is.

CREATE TABLE iot_personal_hub.corrections (
    device_id integer          NOT NULL,
    id        integer          NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind      text             NOT NULL,
    since     timestamptz      NOT NULL,
    until     timestamptz      NOT NULL,
    source    text,
    becomes   text,
    mode      text,
    latitude  double precision,
    longitude double precision,
    made_at   timestamptz      NOT NULL DEFAULT now(),
    undone_at timestamptz,
    CONSTRAINT corrections_pkey PRIMARY KEY (device_id, id),
    CONSTRAINT corrections_kind_is_known CHECK (kind IN ('wrong_fixes', 'hide', 'merge', 'split', 'move', 'mode')),
    CONSTRAINT corrections_is_forward CHECK (CASE WHEN kind = 'split' THEN since = until ELSE since < until END),
    CONSTRAINT corrections_of_journeys_are_of_minutes CHECK (
        CASE WHEN kind <> 'wrong_fixes' THEN
            isfinite(since) AND isfinite(until)
            AND date_bin('1 minute', since, '2000-01-01 00:00:00+00') = since
            AND date_bin('1 minute', until, '2000-01-01 00:00:00+00') = until
        ELSE true END),
    CONSTRAINT corrections_source_is_of_fixes CHECK (source IS NULL OR kind = 'wrong_fixes'),
    CONSTRAINT corrections_becomes_is_known CHECK (
        CASE WHEN kind = 'merge' THEN becomes IS NOT NULL AND becomes IN ('stay', 'trip') ELSE becomes IS NULL END),
    CONSTRAINT corrections_mode_is_known CHECK (
        CASE WHEN kind = 'mode'
             THEN mode IS NOT NULL AND mode IN ('on_foot', 'bicycle', 'vehicle', 'train', 'boat', 'flight')
             ELSE mode IS NULL END),
    CONSTRAINT corrections_position_is_somewhere CHECK (
        CASE WHEN kind = 'move'
             THEN latitude IS NOT NULL AND latitude BETWEEN -90 AND 90
                  AND longitude IS NOT NULL AND longitude >= -180 AND longitude < 180
             ELSE latitude IS NULL AND longitude IS NULL END)
);
COMMENT ON TABLE iot_personal_hub.corrections IS
    'One row per correction that the owner has made, undone ones too: of a device, from one instant until before another.';
COMMENT ON COLUMN iot_personal_hub.corrections.kind IS
    'wrong_fixes: they count for nothing. Of journeys: hide, merge, split, move a stay, mode of trips.';
COMMENT ON COLUMN iot_personal_hub.corrections.until IS
    'Where a journey is split: the same instant as since.';
COMMENT ON COLUMN iot_personal_hub.corrections.source IS
    'The wrong fixes are those first reported by this source alone. NULL: by any.';
COMMENT ON COLUMN iot_personal_hub.corrections.becomes IS
    'What is merged becomes a stay or a trip.';
COMMENT ON COLUMN iot_personal_hub.corrections.mode IS
    'How trips were made.';
COMMENT ON COLUMN iot_personal_hub.corrections.latitude IS
    'Where a stay was.';
COMMENT ON COLUMN iot_personal_hub.corrections.undone_at IS
    'When it was undone. NULL: it holds.';

ALTER TABLE iot_personal_hub.locations
    DROP CONSTRAINT locations_outlier_is_known,
    ADD CONSTRAINT locations_outlier_is_known CHECK (outlier IN ('accuracy', 'speed', 'owner'));
COMMENT ON COLUMN iot_personal_hub.locations.outlier IS
    'Why the fix is left out of tracks and roll-ups: its accuracy (5 km or worse), a speed that nothing has, or because its owner says so. NULL: it counts.';
