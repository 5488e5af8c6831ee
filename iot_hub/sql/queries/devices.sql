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
-- One row per device, with its newest rolled-up hour.
SELECT
    device.id,
    device.name,
    device.type,
    device.status,
    max(hourly.date_hour) AS newest_hour,
    coalesce(sum(hourly.count_events), 0)::bigint AS events
FROM iot_personal_hub.dim_devices AS device
LEFT JOIN iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly ON hourly.device_id = device.id
GROUP BY device.id
ORDER BY device.id;
