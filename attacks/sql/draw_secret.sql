-- Each hub has a secret of its own; copies of one database would share it.
UPDATE iot_personal_hub.hub_settings AS setting
SET value = encode(sha256(convert_to(%(words)s, 'UTF8')), 'hex')
WHERE setting.name = 'mask_secret';
