-- Read by schema_text.py, which writes schema.sql. Names are qualified, and nothing depends on the search_path.

-- name: schema_tables
-- The hub's tables, in the order in which migrations create them.
SELECT
    quote_ident(namespace.nspname) || '.' || quote_ident(relation.relname) AS name,
    pg_get_partkeydef(relation.oid) AS partition_key,
    obj_description(relation.oid, 'pg_class') AS comment
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE relation.relkind IN ('r', 'p')
  AND NOT relation.relispartition
  AND (starts_with(namespace.nspname, 'iot_')
       OR namespace.nspname = 'public' AND starts_with(relation.relname, 'iot_hub_'))
ORDER BY relation.oid;

-- name: schema_views
-- The hub's views, by name.
SELECT
    quote_ident(namespace.nspname) || '.' || quote_ident(relation.relname) AS name,
    obj_description(relation.oid, 'pg_class') AS comment
FROM pg_class AS relation
JOIN pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE relation.relkind = 'v' AND starts_with(namespace.nspname, 'iot_')
ORDER BY namespace.nspname COLLATE "C", relation.relname COLLATE "C";

-- name: schema_columns
-- The columns of a table or view.
SELECT
    attribute.attname AS name,
    format_type(attribute.atttypid, attribute.atttypmod) AS type,
    attribute.attnotnull AS is_required,
    attribute.attidentity AS identity,
    attribute.attgenerated <> '' AS is_generated,
    pg_get_expr(expression.adbin, expression.adrelid) AS expression,
    col_description(attribute.attrelid, attribute.attnum) AS comment
FROM pg_attribute AS attribute
LEFT JOIN pg_attrdef AS expression
    ON expression.adrelid = attribute.attrelid AND expression.adnum = attribute.attnum
WHERE attribute.attrelid = %(relation)s::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum;

-- name: schema_constraints
-- The constraints of a table: keys first. PostgreSQL 18 counts NOT NULL among them, which stands at its column.
SELECT
    table_constraint.conname AS name,
    pg_get_constraintdef(table_constraint.oid) AS definition,
    obj_description(table_constraint.oid, 'pg_constraint') AS comment,
    -- A foreign key names the index of the table that it refers to.
    CASE WHEN table_constraint.contype IN ('p', 'u', 'x')
         THEN obj_description(table_constraint.conindid, 'pg_class') END AS index_comment
FROM pg_constraint AS table_constraint
WHERE table_constraint.conrelid = %(relation)s::regclass AND table_constraint.contype IN ('p', 'u', 'f', 'c', 'x')
ORDER BY array_position('{p,u,x,f,c}', table_constraint.contype::text), table_constraint.conname COLLATE "C";

-- name: schema_indexes
-- The indexes of a table that no constraint has.
SELECT
    pg_get_indexdef(index.indexrelid) AS definition,
    obj_description(index.indexrelid, 'pg_class') AS comment
FROM pg_index AS index
JOIN pg_class AS relation ON relation.oid = index.indexrelid
WHERE index.indrelid = %(relation)s::regclass
  AND NOT EXISTS (
      SELECT FROM pg_constraint AS owner WHERE owner.conindid = index.indexrelid AND owner.contype IN ('p', 'u', 'x'))
ORDER BY relation.relname COLLATE "C";

-- name: schema_triggers
-- The triggers of a table.
SELECT pg_get_triggerdef(trigger.oid) AS definition
FROM pg_trigger AS trigger
WHERE trigger.tgrelid = %(relation)s::regclass AND NOT trigger.tgisinternal
ORDER BY trigger.tgname COLLATE "C";

-- name: schema_functions
-- The hub's functions and procedures, without bodies.
SELECT
    quote_ident(namespace.nspname) || '.' || quote_ident(routine.proname) AS name,
    pg_get_function_arguments(routine.oid) AS arguments,
    pg_get_function_result(routine.oid) AS result
FROM pg_proc AS routine
JOIN pg_namespace AS namespace ON namespace.oid = routine.pronamespace
WHERE starts_with(namespace.nspname, 'iot_')
ORDER BY namespace.nspname COLLATE "C", routine.proname COLLATE "C", routine.oid;
