COPY iot_personal_hub.locations (
    device_id, location_time, latitude, longitude, first_reported, last_reported, event_id, event_digest, uncertainty_m,
    private, hidden, properties)
FROM STDIN
