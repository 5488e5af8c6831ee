-- name: simulated_device
-- The device that sends what the simulator's device of this name measures: the simulator has marked it as its own.
SELECT device.id
FROM iot_personal_hub.dim_devices AS device
WHERE device.details ->> 'simulated' = %(name)s::text
ORDER BY device.id
LIMIT 1;

-- name: adopt_simulated_device
-- Mark a device that an earlier version made for the simulator: its first and only token is the simulator's. A name
-- alone proves nothing, and a token neither: that version took over a real device of the same name.
UPDATE iot_personal_hub.dim_devices AS device
SET details = device.details || jsonb_build_object('simulated', device.name)
WHERE device.name = %(name)s
  AND NOT device.details ? 'simulated'
  AND (
      SELECT bool_and(token.token_hash = %(token_hash)s)
      FROM iot_personal_hub.device_tokens AS token
      WHERE token.device_id = device.id);

-- name: mark_simulated_device
UPDATE iot_personal_hub.dim_devices AS device
SET details = device.details || jsonb_build_object('simulated', %(name)s::text)
WHERE device.id = %(device_id)s;

-- name: discover_simulated_device
-- Gives no row where the device is known already.
INSERT INTO iot_personal_hub.discovered_devices (identity, protocol, label, area)
VALUES (%(identity)s, %(protocol)s, %(label)s, %(room)s)
ON CONFLICT (identity) DO NOTHING
RETURNING identity;

-- name: oldest_event_of_device
SELECT min(raw.device_time) AS oldest
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.device_id = %(device_id)s::integer;

-- name: expect_simulated_past
SELECT iot_personal_hub.expect_backlog(array_agg(device.id))
FROM iot_personal_hub.dim_devices AS device
WHERE device.details ? 'simulated';
