-- What a day's waiting is to the limit of crossings.
UPDATE iot_personal_hub.zone_crossings AS noted
SET noted_at = noted.noted_at - interval '1 day 1 second'
WHERE noted.device_id = %(device_id)s;
