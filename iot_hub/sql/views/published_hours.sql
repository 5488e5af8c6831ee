-- Grain: one row per device and UTC hour of which at least one event may be shown.
-- The first and the last event of an hour answer for nearly all: only where both are hidden, and
-- not in one span, is anything looked for between them.
CREATE OR REPLACE VIEW iot_personal_hub.published_hours WITH (security_barrier) AS
WITH hours AS (
    SELECT
        agg.device_id,
        agg.date_hour,
        agg.date_hour + interval '1 hour' AS ends,
        first_span.ends >= agg.first_event_at AS first_is_hidden,
        last_span.ends >= agg.last_event_at AS last_is_hidden,
        first_span.starts = last_span.starts AS in_one_span,
        -- What is shown late is not there yet.
        CASE WHEN EXISTS (
            SELECT
            FROM iot_personal_hub.private_spans AS any_span
            WHERE any_span.device_id = agg.device_id
        ) THEN agg.first_event_at < now() - interval '15 minutes' ELSE true END AS first_is_due,
        CASE WHEN EXISTS (
            SELECT
            FROM iot_personal_hub.private_spans AS any_span
            WHERE any_span.device_id = agg.device_id
        ) THEN agg.last_event_at < now() - interval '15 minutes' ELSE true END AS last_is_due
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
    LEFT JOIN LATERAL (
        SELECT span.starts, span.ends
        FROM iot_personal_hub.private_spans AS span
        WHERE span.device_id = agg.device_id AND span.starts <= agg.first_event_at
        ORDER BY span.starts DESC
        LIMIT 1
    ) AS first_span ON true
    LEFT JOIN LATERAL (
        SELECT span.starts, span.ends
        FROM iot_personal_hub.private_spans AS span
        WHERE span.device_id = agg.device_id AND span.starts <= agg.last_event_at
        ORDER BY span.starts DESC
        LIMIT 1
    ) AS last_span ON true
    WHERE agg.first_event_at IS NOT NULL
)
SELECT hours.device_id, hours.date_hour
FROM hours
WHERE CASE
    WHEN hours.first_is_hidden IS NOT TRUE THEN hours.first_is_due
    WHEN hours.last_is_hidden IS NOT TRUE AND hours.last_is_due THEN true
    WHEN hours.last_is_hidden AND hours.in_one_span THEN false
    ELSE EXISTS (
        SELECT
        FROM iot_personal_hub.published_events AS event
        WHERE event.device_id = hours.device_id
          AND event.device_time >= hours.date_hour
          AND event.device_time < hours.ends)
END;

COMMENT ON VIEW iot_personal_hub.published_hours IS
    'One row per device and UTC hour of which at least one event may be shown.';
