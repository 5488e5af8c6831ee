-- name: add_device
INSERT INTO iot_personal_hub.dim_devices (name, type) VALUES (%(name)s, %(type)s)
RETURNING id;

-- name: device_types
SELECT kind.value
FROM iot_personal_hub.enum_device_type AS kind
ORDER BY kind.value;

-- name: find_device
-- A device by its id or its name.
SELECT device.id, device.name
FROM iot_personal_hub.dim_devices AS device
WHERE device.id::text = %(device)s OR device.name = %(device)s
ORDER BY device.id::text = %(device)s DESC, device.id
LIMIT 1;

-- name: list_devices
-- One row per device, with its newest rolled-up hour that has begun.
SELECT
    device.id,
    device.name,
    device.type,
    device.status,
    device.published,
    max(hourly.date_hour) FILTER (WHERE hourly.date_hour <= now()) AS newest_hour,
    coalesce(sum(hourly.count_events), 0)::bigint AS events
FROM iot_personal_hub.dim_devices AS device
LEFT JOIN iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly ON hourly.device_id = device.id
GROUP BY device.id
ORDER BY device.id;

-- name: devices_and_tokens
-- One row per device: its newest event's time, how wrong its clock is (NULL: not), and how many tokens of it are valid.
SELECT
    device.id,
    device.name,
    device.type,
    device.status,
    device.published,
    device.room,
    seen.last_seen,
    iot_personal_hub.clock_error(device.id) AS clock_error,
    (SELECT count(*)
     FROM iot_personal_hub.device_tokens AS token
     WHERE token.device_id = device.id AND token.revoked_at IS NULL) AS tokens
FROM iot_personal_hub.dim_devices AS device
LEFT JOIN iot_hub_owner.last_seen AS seen ON seen.device_id = device.id
ORDER BY lower(device.name), device.id;

-- name: rename_device
UPDATE iot_personal_hub.dim_devices AS device SET name = %(name)s WHERE device.id = %(device_id)s;

-- name: first_arrival
-- One row: the first event that came since a device has its newest token, and why the last payload since
-- then can't be stored; of one source, or of any.
SELECT arrived.received_at, arrived.source, arrived.families, arrived.refused
FROM iot_personal_hub.first_arrival(%(device)s::integer, %(source)s::text) AS arrived;
