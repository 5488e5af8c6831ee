CREATE TEMPORARY TABLE kept_drives AS
SELECT to_jsonb(drive)::text AS kept FROM iot_personal_hub.drives AS drive
UNION ALL
SELECT to_jsonb(charge)::text FROM iot_personal_hub.charges AS charge
