-- The fastest way in that PostgreSQL has.
COPY copied (device_id, device_timestamp, properties) FROM STDIN
