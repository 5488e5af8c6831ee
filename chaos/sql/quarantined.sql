-- How many payloads are in quarantine, by reason.
SELECT kept.reason, count(*) AS payloads
FROM iot_personal_hub.quarantine AS kept
GROUP BY kept.reason
