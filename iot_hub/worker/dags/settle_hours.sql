-- Says who makes the roll-ups, and refreshes all hours that are stale.
CALL iot_personal_hub.roll_up_stale_hours('airflow')
