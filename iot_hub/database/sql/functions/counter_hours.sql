-- The hourly roll-ups whose readings of a counter decide what it counted between two whole hours: those of these hours,
-- and of the nearest before and after them that hold seven readings. A glitch has up to three readings, so whether a
-- reading is one depends on three on either side, and the difference that it belongs to begins up to four further away.
-- By the key of agg_hourly_devices_metrics, however long ago they were. One plain query, so that the planner inlines it.
CREATE OR REPLACE FUNCTION iot_personal_hub.counter_hours(
    p_device_id integer, p_metric text, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (date_hour timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT agg.date_hour
    FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
    WHERE agg.device_id = p_device_id
      AND agg.metric = p_metric
      AND agg.date_hour >= p_since
      AND agg.date_hour < p_until
    UNION ALL
    SELECT earlier.date_hour
    FROM (
        SELECT
            nearest.date_hour,
            sum(nearest.count) OVER (ORDER BY nearest.date_hour DESC) - nearest.count AS nearer
        FROM (
            SELECT agg.date_hour, agg.count
            FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
            WHERE agg.device_id = p_device_id
              AND agg.metric = p_metric
              AND agg.date_hour < p_since
            ORDER BY agg.date_hour DESC
            LIMIT 7
        ) AS nearest
    ) AS earlier
    WHERE earlier.nearer < 7
    UNION ALL
    SELECT later.date_hour
    FROM (
        SELECT
            nearest.date_hour,
            sum(nearest.count) OVER (ORDER BY nearest.date_hour) - nearest.count AS nearer
        FROM (
            SELECT agg.date_hour, agg.count
            FROM iot_personal_hub.agg_hourly_devices_metrics AS agg
            WHERE agg.device_id = p_device_id
              AND agg.metric = p_metric
              AND agg.date_hour >= p_until
            ORDER BY agg.date_hour
            LIMIT 7
        ) AS nearest
    ) AS later
    WHERE later.nearer < 7
$$;
