-- Share links: who holds a link's token sees some devices for a while, as coarsely as the owner chose.

CREATE TABLE iot_personal_hub.share_links (
    id           integer GENERATED ALWAYS AS IDENTITY,
    token_hash   bytea NOT NULL,
    name         text NOT NULL,
    precision_m  integer NOT NULL,
    measurements boolean NOT NULL DEFAULT false,
    window_start timestamptz,
    window_end   timestamptz,
    live         interval,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    CONSTRAINT share_links_pkey PRIMARY KEY (id),
    -- Every read of a link's reader finds the link by it.
    CONSTRAINT share_links_token_key UNIQUE (token_hash),
    CONSTRAINT share_links_token_is_hashed CHECK (octet_length(token_hash) = 32),
    CONSTRAINT share_links_is_named CHECK (name <> ''),
    -- Each a whole multiple of the one before, so that their grids nest.
    CONSTRAINT share_links_precision_is_known CHECK (precision_m IN (0, 100, 1000, 10000)),
    CONSTRAINT share_links_window_is_forward CHECK (window_start < window_end),
    CONSTRAINT share_links_is_live_or_fixed CHECK (live IS NULL OR (window_start IS NULL AND window_end IS NULL)),
    CONSTRAINT share_links_live_is_possible CHECK (live BETWEEN interval '1 hour' AND interval '366 days'),
    CONSTRAINT share_links_ends CHECK (expires_at <= created_at + interval '366 days')
);
COMMENT ON TABLE iot_personal_hub.share_links IS
    'One row per link ever made. Of its token only the SHA-256 is kept.';
COMMENT ON COLUMN iot_personal_hub.share_links.precision_m IS
    'The side of the grid''s cells that positions are told by, in metres; 0: as precisely as published.';
COMMENT ON COLUMN iot_personal_hub.share_links.live IS
    'The link shows the last hours, moving; NULL: what lies between window_start and window_end (NULL: open).';
COMMENT ON COLUMN iot_personal_hub.share_links.measurements IS
    'Whether battery, events and metrics are shown beside positions.';

-- A name says which link is meant until the link is revoked.
CREATE UNIQUE INDEX share_links_name_key ON iot_personal_hub.share_links (name) WHERE revoked_at IS NULL;

CREATE TABLE iot_personal_hub.share_link_devices (
    share_id  integer NOT NULL,
    device_id integer NOT NULL,
    CONSTRAINT share_link_devices_pkey PRIMARY KEY (share_id, device_id),
    CONSTRAINT share_link_devices_share_fkey FOREIGN KEY (share_id)
        REFERENCES iot_personal_hub.share_links (id) ON DELETE CASCADE,
    CONSTRAINT share_link_devices_device_fkey FOREIGN KEY (device_id)
        REFERENCES iot_personal_hub.dim_devices (id) ON DELETE CASCADE
);
COMMENT ON TABLE iot_personal_hub.share_link_devices IS 'One row per device that a link shows.';

CREATE TABLE iot_personal_hub.share_openings (
    share_id  integer NOT NULL,
    opened_at timestamptz NOT NULL,
    -- A minute has one row however often the link is opened in it: a reader can't fill the disk.
    CONSTRAINT share_openings_pkey PRIMARY KEY (share_id, opened_at),
    CONSTRAINT share_openings_share_fkey FOREIGN KEY (share_id)
        REFERENCES iot_personal_hub.share_links (id) ON DELETE CASCADE
);
COMMENT ON TABLE iot_personal_hub.share_openings IS
    'One row per link and UTC minute in which it was opened: the newest 1000 of a link.';

-- The role that readers of share links connect as. grants/guest.sql says what it may.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'iot_hub_guest') THEN
        CREATE ROLE iot_hub_guest LOGIN NOINHERIT CONNECTION LIMIT 32;
    END IF;
END
$$;

ALTER ROLE iot_hub_guest SET default_transaction_read_only = on;
ALTER ROLE iot_hub_guest SET statement_timeout = '30s';
ALTER ROLE iot_hub_guest SET jit = off;

-- What a link's reader sees: the names of the other audiences' schemas, filtered by the link.
CREATE SCHEMA iot_hub_shared;
