-- name: owner_access
-- One row: what decides whether a browser may see the owner's dashboard. Without a row of its
-- token, expires_at is null. A device without the simulator's mark is real, whatever its name.
SELECT
    (SELECT session.expires_at
     FROM iot_personal_hub.owner_sessions AS session
     WHERE session.token_hash = %(token_hash)s AND session.expires_at > now()) AS expires_at,
    EXISTS (SELECT FROM iot_personal_hub.owner_password) AS has_password,
    NOT EXISTS (
        SELECT
        FROM iot_personal_hub.dim_devices AS device
        WHERE NOT device.details ? 'simulated') AS only_simulated;

-- name: owner_password
SELECT password.hash FROM iot_personal_hub.owner_password AS password;

-- name: choose_owner_password
-- The first password. Gives no row where there is one already.
INSERT INTO iot_personal_hub.owner_password (hash) VALUES (%(hash)s)
ON CONFLICT (only_row) DO NOTHING
RETURNING changed_at;

-- name: set_owner_password
INSERT INTO iot_personal_hub.owner_password AS password (hash) VALUES (%(hash)s)
ON CONFLICT (only_row) DO UPDATE SET hash = excluded.hash, changed_at = now();

-- name: remove_owner_password
DELETE FROM iot_personal_hub.owner_password AS password WHERE password.only_row;

-- name: open_session
-- Only as long as the password is the one that was checked: a change in between ends what it opened.
INSERT INTO iot_personal_hub.owner_sessions (token_hash, expires_at)
SELECT %(token_hash)s, now() + %(lasts)s
FROM iot_personal_hub.owner_password AS password
WHERE password.hash = %(hash)s
RETURNING expires_at;

-- name: open_session_by_provider
-- A login with the OpenID provider opens a session as long as it is fresh, and younger than the
-- password: what a new password ended stays ended.
INSERT INTO iot_personal_hub.owner_sessions (token_hash, expires_at)
SELECT %(token_hash)s, now() + %(lasts)s
WHERE to_timestamp(%(logged_in_at)s) > now() - %(fresh)s::interval
  AND NOT EXISTS (
      SELECT
      FROM iot_personal_hub.owner_password AS password
      WHERE password.changed_at > to_timestamp(%(logged_in_at)s))
ON CONFLICT (token_hash) DO NOTHING;

-- name: prolong_session
UPDATE iot_personal_hub.owner_sessions AS session
SET expires_at = now() + %(lasts)s
WHERE session.token_hash = %(token_hash)s AND session.expires_at > now();

-- name: close_session
DELETE FROM iot_personal_hub.owner_sessions AS session WHERE session.token_hash = %(token_hash)s;

-- name: close_all_sessions
DELETE FROM iot_personal_hub.owner_sessions AS session;

-- name: drop_expired_sessions
DELETE FROM iot_personal_hub.owner_sessions AS session WHERE session.expires_at <= now();
