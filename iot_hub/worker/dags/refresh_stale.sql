-- Records a heartbeat of Airflow, and refreshes all stale hours.
CALL iot_personal_hub.roll_up_stale_hours('airflow')
