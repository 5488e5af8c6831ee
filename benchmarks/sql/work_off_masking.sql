-- Judges the history by changed areas, in one transaction.
SELECT iot_personal_hub.work_off_masking()
