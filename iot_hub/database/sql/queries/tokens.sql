-- name: listen_tokens
LISTEN iot_hub_tokens_changed;

-- name: valid_tokens
-- Every active device, with each token of it that is not revoked.
SELECT device.id, device.name, device.type, token.token_hash
FROM iot_personal_hub.dim_devices AS device
LEFT JOIN iot_personal_hub.device_tokens AS token
    ON token.device_id = device.id AND token.revoked_at IS NULL
WHERE device.status = 'active';

-- name: payload_keys
SELECT payload_key.device_id, payload_key.key
FROM iot_personal_hub.device_payload_keys AS payload_key;

-- name: add_environment_device
-- A device known only by a token in the environment, as under the first beta, gets its row.
INSERT INTO iot_personal_hub.dim_devices (id, name, type)
OVERRIDING SYSTEM VALUE
VALUES (%(device_id)s::integer, 'device ' || %(device_id)s::integer, 'smartphone')
ON CONFLICT DO NOTHING;

-- name: issue_token
INSERT INTO iot_personal_hub.device_tokens (device_id, token_hash, mqtt_hash)
VALUES (%(device_id)s, %(token_hash)s, %(mqtt_hash)s);

-- name: mqtt_accounts
-- One row per active device that has a password at the broker: the newest of its tokens.
SELECT DISTINCT ON (device.id) device.id, device.type = 'gateway' AS is_gateway, token.mqtt_hash
FROM iot_personal_hub.dim_devices AS device
JOIN iot_personal_hub.device_tokens AS token ON token.device_id = device.id
WHERE device.status = 'active'
  AND token.revoked_at IS NULL
  AND token.mqtt_hash IS NOT NULL
ORDER BY device.id, token.created_at DESC, token.token_hash;

-- name: revoke_tokens
UPDATE iot_personal_hub.device_tokens AS token
SET revoked_at = now()
WHERE token.device_id = %(device_id)s AND token.revoked_at IS NULL;

-- name: set_payload_key
INSERT INTO iot_personal_hub.device_payload_keys (device_id, key) VALUES (%(device_id)s, %(key)s)
ON CONFLICT (device_id) DO UPDATE SET key = excluded.key, created_at = now();

-- name: remove_payload_key
DELETE FROM iot_personal_hub.device_payload_keys AS payload_key WHERE payload_key.device_id = %(device_id)s;
