-- The catalogue of hourly aggregates, from which their tables, functions and views are generated. Each run of the
-- migrations fills it from sql/aggregates.

CREATE TABLE iot_personal_hub.hourly_aggregates (
    name        text NOT NULL,
    grain       text NOT NULL,
    table_name  text NOT NULL,
    published   boolean NOT NULL,
    movement    boolean NOT NULL,
    hourly      text NOT NULL,
    shared      text,
    CONSTRAINT hourly_aggregates_pkey PRIMARY KEY (name),
    CONSTRAINT hourly_aggregates_table_name_key UNIQUE (table_name),
    CONSTRAINT hourly_aggregates_name_is_short CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$')
);
COMMENT ON TABLE iot_personal_hub.hourly_aggregates IS
    'One row per hourly aggregate. Written from the hub''s own files by each migration.';
COMMENT ON COLUMN iot_personal_hub.hourly_aggregates.grain IS
    'What a row of the aggregate is about, as in "one row per …".';
COMMENT ON COLUMN iot_personal_hub.hourly_aggregates.movement IS
    'Whether it measures movement: links with reduced precision show nothing of it.';
COMMENT ON COLUMN iot_personal_hub.hourly_aggregates.hourly IS
    'The query for the rows of a device (p_device_id) from p_since until p_until.';
COMMENT ON COLUMN iot_personal_hub.hourly_aggregates.shared IS
    'The query for what a share link shows. NULL: the published rows of the link''s whole hours.';

CREATE TABLE iot_personal_hub.hourly_columns (
    aggregate  text NOT NULL,
    number     integer NOT NULL,
    name       text NOT NULL,
    type       text NOT NULL,
    role       text NOT NULL,
    metric     text,
    unit       text,
    disclosure text,
    CONSTRAINT hourly_columns_pkey PRIMARY KEY (aggregate, number),
    CONSTRAINT hourly_columns_name_key UNIQUE (aggregate, name),
    CONSTRAINT hourly_columns_aggregate_fkey FOREIGN KEY (aggregate)
        REFERENCES iot_personal_hub.hourly_aggregates (name) ON DELETE CASCADE,
    CONSTRAINT hourly_columns_type_is_known CHECK (type IN ('double precision', 'integer', 'timestamptz')),
    CONSTRAINT hourly_columns_role_is_known CHECK (role IN ('min', 'avg', 'max', 'sum', 'count', 'internal')),
    CONSTRAINT hourly_columns_is_classified CHECK (
        CASE WHEN role = 'internal' THEN disclosure IS NULL AND metric IS NULL
             ELSE disclosure IN ('measurement', 'charge', 'counter') AND disclosure IS NOT NULL END)
);
COMMENT ON TABLE iot_personal_hub.hourly_columns IS
    'One row per column of an hourly aggregate besides device_id and date_hour.';
COMMENT ON COLUMN iot_personal_hub.hourly_columns.role IS
    'Which value of its metric the column holds; internal: the hub''s own, in no view.';
COMMENT ON COLUMN iot_personal_hub.hourly_columns.metric IS
    'The name under which the API and hourly_values have it. NULL: it is in the aggregate''s views only.';
COMMENT ON COLUMN iot_personal_hub.hourly_columns.disclosure IS
    'As in dim_properties: publication_rules() withholds charge and counter around silences.';

COMMENT ON CONSTRAINT hourly_aggregates_pkey ON iot_personal_hub.hourly_aggregates IS
    'An aggregate is its folder.';
COMMENT ON CONSTRAINT hourly_aggregates_table_name_key ON iot_personal_hub.hourly_aggregates IS
    'No two aggregates share a table.';
COMMENT ON CONSTRAINT hourly_aggregates_name_is_short ON iot_personal_hub.hourly_aggregates IS
    'Names of tables, functions and views are built from it, of 63 characters at most.';
COMMENT ON CONSTRAINT hourly_columns_pkey ON iot_personal_hub.hourly_columns IS
    'The order of the columns.';
COMMENT ON CONSTRAINT hourly_columns_name_key ON iot_personal_hub.hourly_columns IS
    'A column is defined once.';
COMMENT ON CONSTRAINT hourly_columns_aggregate_fkey ON iot_personal_hub.hourly_columns IS
    'Columns are deleted with their aggregate.';
COMMENT ON CONSTRAINT hourly_columns_type_is_known ON iot_personal_hub.hourly_columns IS
    'It becomes a part of statements as it is.';
COMMENT ON CONSTRAINT hourly_columns_role_is_known ON iot_personal_hub.hourly_columns IS
    'hourly_values has a column for each.';
COMMENT ON CONSTRAINT hourly_columns_is_classified ON iot_personal_hub.hourly_columns IS
    'What is not classified can''t be published.';
COMMENT ON INDEX iot_personal_hub.hourly_aggregates_pkey IS
    'store_aggregates, at each migration.';
COMMENT ON INDEX iot_personal_hub.hourly_aggregates_table_name_key IS
    'store_aggregates, at each migration.';
COMMENT ON INDEX iot_personal_hub.hourly_columns_pkey IS
    'hourly_columns_as(): the columns of an aggregate.';
COMMENT ON INDEX iot_personal_hub.hourly_columns_name_key IS
    'store_aggregates, at each migration.';
