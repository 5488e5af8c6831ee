-- A full recomputation.
SELECT iot_personal_hub.refresh_hours(%(from)s, %(to)s) AS chunks
