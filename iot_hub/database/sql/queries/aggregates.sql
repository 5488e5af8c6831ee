-- name: delete_aggregates
DELETE FROM iot_personal_hub.hourly_aggregates;

-- name: store_aggregates
-- Stores the catalogue: an array of objects, each with its columns.
WITH aggregates AS (
    SELECT aggregate.*
    FROM jsonb_to_recordset(%(aggregates)s::jsonb) AS aggregate (
        name text, grain text, table_name text, published boolean, movement boolean, hourly text, shared text,
        reach text, columns jsonb)
),
stored AS (
    INSERT INTO iot_personal_hub.hourly_aggregates (name, grain, table_name, published, movement, hourly, shared, reach)
    SELECT
        aggregates.name, aggregates.grain, aggregates.table_name, aggregates.published, aggregates.movement,
        aggregates.hourly, aggregates.shared, aggregates.reach
    FROM aggregates
    RETURNING name
)
INSERT INTO iot_personal_hub.hourly_columns (aggregate, number, name, type, role, metric, unit, disclosure)
SELECT
    stored.name, definition.number, hourly_column.name, hourly_column.type, hourly_column.role, hourly_column.metric,
    hourly_column.unit, hourly_column.disclosure
FROM stored
JOIN aggregates ON aggregates.name = stored.name
CROSS JOIN LATERAL jsonb_array_elements(aggregates.columns) WITH ORDINALITY AS definition (value, number)
CROSS JOIN LATERAL jsonb_to_record(definition.value) AS hourly_column (
    name text, type text, role text, metric text, unit text, disclosure text);
