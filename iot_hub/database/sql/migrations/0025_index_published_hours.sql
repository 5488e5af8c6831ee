-- Which numbers a device has in a week was read from all that it ever published: the key begins with the number.

CREATE INDEX published_hourly_metrics_hours_idx
    ON iot_personal_hub.published_hourly_metrics (device_id, date_hour);
