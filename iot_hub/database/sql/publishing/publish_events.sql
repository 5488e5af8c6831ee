-- Makes shown_events of a device between two instants what may be shown of its raw events: those that are
-- due, in no private span, and whose position can be read. Rows that stay as they are are not touched.
--
-- Only a refresh decides what is private. An event is left for the next one while the mark of its own commit is there:
-- both have the time at which that transaction began.
--
-- An event shows its location only if the fix that it reports is shown, which may be of another time than the event.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_events(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_due_before timestamptz, p_withheld text[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    secret CONSTANT text := (
        SELECT setting.value FROM iot_personal_hub.hub_settings AS setting WHERE setting.name = 'mask_secret');
    masked CONSTANT tstzmultirange := iot_personal_hub.masked_intervals(p_device_id, p_since, p_until);
BEGIN
    WITH judged AS (
        SELECT
            raw.id,
            raw.device_time,
            raw.digest,
            raw.source,
            raw.properties,
            raw.properties #> '{location,latitude}' AS latitude,
            raw.properties #> '{location,longitude}' AS longitude,
            raw.properties #> '{location,fix_timestamp}' AS fix_timestamp
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_since
          AND raw.device_time < least(p_until, p_due_before)
          AND NOT raw.device_time <@ masked
          AND raw.duplicate_of IS NULL
          AND NOT iot_personal_hub.location_is_unreadable(raw.properties)
          AND NOT EXISTS (
              SELECT
              FROM iot_personal_hub.stale_hours AS stale
              WHERE stale.device_id = p_device_id
                AND stale.date_hour = date_trunc('hour', raw.device_time, 'UTC')
                AND stale.marked_at = raw.created_at_cest)
        -- Keeps the planner from taking each value out of the JSON once for every mention of it.
        OFFSET 0
    ),
    placed AS (
        SELECT
            judged.*,
            EXISTS (
                SELECT
                FROM iot_personal_hub.locations AS fix
                WHERE fix.device_id = p_device_id
                  AND fix.location_time = iot_personal_hub.fix_time(
                      iot_personal_hub.instant(iot_personal_hub.number_of(judged.fix_timestamp)), judged.device_time)
                  AND fix.latitude = iot_personal_hub.number_of(judged.latitude)::double precision
                  AND fix.longitude = iot_personal_hub.canonical_longitude(
                      iot_personal_hub.number_of(judged.longitude))
                  AND fix.location_time < p_due_before
                  AND NOT fix.hidden
                  AND fix.outlier IS NULL) AS fix_is_shown
        FROM judged
    ),
    shown AS MATERIALIZED (
        SELECT
            iot_personal_hub.published_id(
                secret, int4send(p_device_id) || timestamptz_send(placed.device_time) || placed.digest) AS id,
            placed.device_time,
            -- In the order in which they came. Not by their ids: gaps in them would count what is masked.
            row_number() OVER (PARTITION BY placed.device_time ORDER BY placed.id) AS sequence,
            placed.source,
            iot_personal_hub.publishable_properties(
                CASE WHEN placed.fix_is_shown THEN placed.properties ELSE placed.properties - 'location' END,
                p_withheld) AS properties
        FROM placed
    ),
    withdrawn AS (
        DELETE FROM iot_personal_hub.shown_events AS published
        WHERE published.device_id = p_device_id
          AND published.device_time >= p_since
          AND published.device_time < p_until
          AND NOT EXISTS (
              SELECT FROM shown WHERE shown.device_time = published.device_time AND shown.id = published.id)
    )
    INSERT INTO iot_personal_hub.shown_events AS published (device_id, device_time, id, source, properties, sequence)
    SELECT p_device_id, shown.device_time, shown.id, shown.source, shown.properties, shown.sequence
    FROM shown
    ORDER BY shown.device_time, shown.id
    ON CONFLICT (device_id, device_time, id) DO UPDATE SET properties = excluded.properties, sequence = excluded.sequence
    WHERE published.properties <> excluded.properties OR published.sequence <> excluded.sequence;
END
$$;
