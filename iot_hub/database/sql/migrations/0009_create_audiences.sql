-- Who looks at the data. Each audience is a schema that holds views of the same names, so that a
-- reader's search_path says whose view it is: sql/audiences fills them.

CREATE SCHEMA iot_hub_owner;
COMMENT ON SCHEMA iot_hub_owner IS 'What the owner sees: everything.';

CREATE SCHEMA iot_hub_public;
COMMENT ON SCHEMA iot_hub_public IS 'What others see: what is published.';

CREATE TABLE iot_personal_hub.owner_password (
    only_row   boolean NOT NULL DEFAULT true,
    hash       text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT owner_password_pkey PRIMARY KEY (only_row),
    CONSTRAINT owner_password_is_one CHECK (only_row)
);
COMMENT ON TABLE iot_personal_hub.owner_password IS
    'One row, or none before a password was chosen: the Argon2id hash that opens the owner''s dashboard.';

CREATE TABLE iot_personal_hub.owner_sessions (
    -- A stolen copy of the table opens nothing.
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT owner_sessions_pkey PRIMARY KEY (token_hash),
    CONSTRAINT owner_sessions_hash_is_sha256 CHECK (length(token_hash) = 32)
);
COMMENT ON TABLE iot_personal_hub.owner_sessions IS
    'One row per browser in which the owner is logged in: the SHA-256 of its cookie.';
