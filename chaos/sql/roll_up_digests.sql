-- What is derived from raw events, a digest a table; ids and times of writing do not count.
WITH derived AS (
    SELECT 'locations' AS name, to_jsonb(row.*) AS content
    FROM iot_personal_hub.locations AS row
    UNION ALL
    SELECT 'private_spans', to_jsonb(row.*)
    FROM iot_personal_hub.private_spans AS row
    UNION ALL
    SELECT 'events_counter', to_jsonb(row.*)
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS row
    UNION ALL
    SELECT 'battery_details', to_jsonb(row.*)
    FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details AS row
    UNION ALL
    SELECT 'location_details', to_jsonb(row.*)
    FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS row
    UNION ALL
    SELECT 'metrics', to_jsonb(row.*)
    FROM iot_personal_hub.agg_hourly_devices_metrics AS row
)
SELECT
    derived.name,
    count(*) AS entries,
    md5(string_agg(contents.text, ' ' ORDER BY contents.text)) AS digest
FROM derived
CROSS JOIN LATERAL (
    SELECT (derived.content - 'event_id' - 'created_at' - 'updated_at')::text AS text
) AS contents
GROUP BY derived.name
ORDER BY derived.name
