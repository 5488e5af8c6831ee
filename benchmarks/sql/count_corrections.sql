SELECT count(*) AS corrections FROM iot_personal_hub.corrections
