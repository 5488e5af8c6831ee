WITH present AS (
    SELECT to_jsonb(drive)::text AS kept FROM iot_personal_hub.drives AS drive
    UNION ALL
    SELECT to_jsonb(charge)::text FROM iot_personal_hub.charges AS charge
),
differences AS (
    (SELECT kept.kept FROM kept_drives AS kept EXCEPT SELECT present.kept FROM present)
    UNION ALL
    (SELECT present.kept FROM present EXCEPT SELECT kept.kept FROM kept_drives AS kept)
)
SELECT count(*) AS different FROM differences
