-- Makes shown_locations of a device between two instants the fixes that may be shown: those that are due, not
-- hidden, and no outliers. Rows that stay as they are are not touched.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_locations(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_due_before timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    secret CONSTANT text := (
        SELECT setting.value FROM iot_personal_hub.hub_settings AS setting WHERE setting.name = 'mask_secret');
BEGIN
    WITH shown AS MATERIALIZED (
        SELECT
            fix.*,
            -- In the order in which they came. Not by their ids: gaps in them would count what is masked.
            row_number() OVER (PARTITION BY fix.location_time ORDER BY fix.event_id, fix.latitude, fix.longitude)
                AS sequence
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time >= p_since
          AND fix.location_time < least(p_until, p_due_before)
          AND NOT fix.hidden
          AND fix.outlier IS NULL
    ),
    withdrawn AS (
        DELETE FROM iot_personal_hub.shown_locations AS published
        WHERE published.device_id = p_device_id
          AND published.location_time >= p_since
          AND published.location_time < p_until
          AND NOT EXISTS (
              SELECT
              FROM shown
              WHERE shown.location_time = published.location_time
                AND shown.latitude = published.latitude
                AND shown.longitude = published.longitude)
    )
    INSERT INTO iot_personal_hub.shown_locations AS published (
        event_id, device_id, location_time, latitude, longitude, altitude_m, accuracy_m, speed_ms, bearing, location,
        sequence)
    SELECT
        iot_personal_hub.published_id(
            secret,
            int4send(p_device_id) || timestamptz_send(shown.location_time)
            || float8send(shown.latitude) || float8send(shown.longitude)),
        p_device_id, shown.location_time, shown.latitude, shown.longitude,
        shown.altitude_m, shown.accuracy_m, shown.speed_ms, shown.bearing,
        st_setsrid(st_makepoint(shown.longitude, shown.latitude), 4326),
        shown.sequence
    FROM shown
    ORDER BY shown.location_time, shown.latitude, shown.longitude
    ON CONFLICT (device_id, location_time, latitude, longitude) DO UPDATE SET
        altitude_m = excluded.altitude_m,
        accuracy_m = excluded.accuracy_m,
        speed_ms = excluded.speed_ms,
        bearing = excluded.bearing,
        sequence = excluded.sequence
    WHERE (published.altitude_m, published.accuracy_m, published.speed_ms, published.bearing, published.sequence)
        IS DISTINCT FROM (
            excluded.altitude_m, excluded.accuracy_m, excluded.speed_ms, excluded.bearing, excluded.sequence);
END
$$;
