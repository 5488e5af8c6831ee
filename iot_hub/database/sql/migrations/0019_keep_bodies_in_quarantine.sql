-- A body of many rejected parts is one entry: the body, how many of its parts were rejected, and what a
-- replay has to know to read it as it was read.

ALTER TABLE iot_personal_hub.quarantine
    ADD COLUMN items integer NOT NULL DEFAULT 1,
    ADD COLUMN circumstances jsonb,
    -- An entry without a rejected part would say nothing.
    ADD CONSTRAINT quarantine_items_are_some CHECK (items > 0);

COMMENT ON TABLE iot_personal_hub.quarantine IS
    'One row per rejected payload, byte for byte, with the reason; a body of which many parts were rejected is one row.';
COMMENT ON COLUMN iot_personal_hub.quarantine.items IS
    'How many parts of the payload were rejected; the reason is the most frequent one.';
COMMENT ON COLUMN iot_personal_hub.quarantine.circumstances IS
    'How the body came: received_at (Unix microseconds), content_type, time_zone, topic. NULL: the payload is one part.';
