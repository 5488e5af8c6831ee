-- A demo with simulated devices alone asks nobody to log in.
UPDATE iot_personal_hub.dim_devices AS device
SET details = coalesce(device.details, '{}') || jsonb_build_object('simulated', device.name)
