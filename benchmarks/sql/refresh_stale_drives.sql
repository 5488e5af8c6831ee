SELECT iot_personal_hub.refresh_stale_drives() AS marks
