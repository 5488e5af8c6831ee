-- needs: published_readings
-- Grain: one row per device and UTC hour of which at least one event is shown.
CREATE OR REPLACE VIEW iot_personal_hub.published_hours AS
SELECT DISTINCT
    published.device_id,
    date_trunc('hour', published.device_time, 'UTC') AS date_hour
FROM iot_personal_hub.published_events AS published;

COMMENT ON VIEW iot_personal_hub.published_hours IS
    'One row per device and UTC hour of which at least one event may be shown.';
