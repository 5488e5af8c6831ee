-- Makes shown_hourly_metrics of a device between two whole hours the publishable numbers of the hours that are
-- shown. Rows that stay as they are are not touched.
CREATE OR REPLACE FUNCTION iot_personal_hub.publish_metrics(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_shown timestamptz[], p_withheld text[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    WITH current_rows AS MATERIALIZED (
        SELECT
            agg.device_id,
            agg.date_hour,
            agg.metric,
            agg.count,
            agg.min,
            agg.avg,
            agg.max,
            agg.sum,
            agg.first,
            agg.last,
            catalogue.unit
        FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
        JOIN iot_personal_hub.publishable_metrics(p_withheld) AS catalogue ON catalogue.metric = agg.metric
        WHERE agg.device_id = p_device_id
          AND agg.date_hour = ANY (p_shown)
    ),
    withdrawn AS (
        DELETE FROM iot_personal_hub.shown_hourly_metrics AS published
        WHERE published.device_id = p_device_id
          AND published.date_hour >= p_since
          AND published.date_hour < p_until
          AND NOT EXISTS (
              SELECT
              FROM current_rows
              WHERE current_rows.metric = published.metric AND current_rows.date_hour = published.date_hour)
    )
    INSERT INTO iot_personal_hub.shown_hourly_metrics AS published (
        device_id, date_hour, metric, count, min, avg, max, sum, first, last, unit)
    SELECT current_rows.*
    FROM current_rows
    ORDER BY current_rows.metric, current_rows.date_hour
    ON CONFLICT (device_id, metric, date_hour) DO UPDATE SET
        count = excluded.count,
        min = excluded.min,
        avg = excluded.avg,
        max = excluded.max,
        sum = excluded.sum,
        first = excluded.first,
        last = excluded.last,
        unit = excluded.unit
    WHERE published IS DISTINCT FROM excluded;
END
$$;
