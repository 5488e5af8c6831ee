-- The owner publishes the phone, and expects what it will report of the past at once.
WITH published AS (
    UPDATE iot_personal_hub.dim_devices AS device
    SET published = true
    WHERE device.id = %(device_id)s
    RETURNING device.id
)
SELECT iot_personal_hub.expect_backlog(array_agg(published.id)) FROM published;
