-- Where a bare COPY puts the same rows: no key, no index.
CREATE TABLE copied (device_id integer, device_timestamp bigint, properties jsonb)
