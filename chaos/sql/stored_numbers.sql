-- The rows stored after a row, each with the number that its client gave it.
SELECT raw.id, (raw.properties ->> 'number')::bigint AS number
FROM iot_personal_hub.raw_devices_properties AS raw
WHERE raw.id > %(after)s
  AND raw.properties ? 'number'
