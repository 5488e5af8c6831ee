-- Which numbers are counters and which properties are states, and hourly aggregates of several rows an hour: one for
-- each counter, or for each value of a state. The tables are generated from sql/aggregates, as those of any other.

ALTER TABLE iot_personal_hub.dim_properties
    ADD COLUMN counter boolean NOT NULL DEFAULT false,
    ADD COLUMN state   boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT dim_properties_kind_is_known,
    ADD CONSTRAINT dim_properties_kind_is_known CHECK (kind IN ('number', 'enumeration', 'boolean', 'text')),
    ADD CONSTRAINT dim_properties_publishes_no_text CHECK (NOT published OR kind <> 'text'),
    ADD CONSTRAINT dim_properties_counts_numbers CHECK (NOT counter OR kind = 'number'),
    ADD CONSTRAINT dim_properties_state_is_no_number CHECK (NOT state OR kind <> 'number'),
    ADD CONSTRAINT dim_properties_state_is_group_and_key CHECK (NOT state OR cardinality(path) = 2);

COMMENT ON COLUMN iot_personal_hub.dim_properties.kind IS
    'number (a JSON number from least to most; NULL: from -1e30 to 1e30), enumeration (one of words), boolean or text.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.counter IS
    'Whether it only grows until it is reset, as a meter does: agg_hourly_devices_counters has by how much in an hour.';
COMMENT ON COLUMN iot_personal_hub.dim_properties.state IS
    'Whether it lasts until it changes: agg_hourly_devices_states has how long of an hour it had a value.';
COMMENT ON CONSTRAINT dim_properties_publishes_no_text ON iot_personal_hub.dim_properties IS
    'A text may hold anything: a name, a place.';
COMMENT ON CONSTRAINT dim_properties_counts_numbers ON iot_personal_hub.dim_properties IS
    'Only a number grows.';
COMMENT ON CONSTRAINT dim_properties_state_is_no_number ON iot_personal_hub.dim_properties IS
    'A number has too many values to add up the time of each.';
COMMENT ON CONSTRAINT dim_properties_state_is_group_and_key ON iot_personal_hub.dim_properties IS
    'state_readings() looks for groups, and for keys in them.';

ALTER TABLE iot_personal_hub.hourly_aggregates
    ADD COLUMN reach text,
    ADD CONSTRAINT hourly_aggregates_reach_is_not_empty CHECK (reach <> '');
COMMENT ON COLUMN iot_personal_hub.hourly_aggregates.reach IS
    'The query for which hours a change of those from p_since until p_until changes. NULL: these alone.';
COMMENT ON CONSTRAINT hourly_aggregates_reach_is_not_empty ON iot_personal_hub.hourly_aggregates IS
    'It becomes a part of a function.';

ALTER TABLE iot_personal_hub.hourly_columns
    DROP CONSTRAINT hourly_columns_type_is_known,
    DROP CONSTRAINT hourly_columns_role_is_known,
    DROP CONSTRAINT hourly_columns_is_classified,
    ADD CONSTRAINT hourly_columns_type_is_known CHECK (
        type IN ('double precision', 'integer', 'timestamptz', 'numeric', 'text')),
    ADD CONSTRAINT hourly_columns_role_is_known CHECK (
        role IN ('min', 'avg', 'max', 'sum', 'count', 'internal', 'key', 'attribute')),
    ADD CONSTRAINT hourly_columns_is_classified CHECK (
        CASE WHEN role IN ('internal', 'key', 'attribute') THEN disclosure IS NULL AND metric IS NULL
             ELSE disclosure IN ('measurement', 'charge', 'counter') AND disclosure IS NOT NULL END);
COMMENT ON COLUMN iot_personal_hub.hourly_columns.role IS
    'Which value of its metric the column holds; key: what tells several rows of an hour apart; attribute: what belongs to the key; internal: the hub''s own, in no view.';
COMMENT ON COLUMN iot_personal_hub.hourly_columns.metric IS
    'The name under which the API and hourly_values have it, with the row''s own columns in braces. NULL: it is in the aggregate''s views only.';
COMMENT ON CONSTRAINT hourly_columns_type_is_known ON iot_personal_hub.hourly_columns IS
    'It becomes a part of statements as it is.';
COMMENT ON CONSTRAINT hourly_columns_role_is_known ON iot_personal_hub.hourly_columns IS
    'hourly_values has a column for each value.';
COMMENT ON CONSTRAINT hourly_columns_is_classified ON iot_personal_hub.hourly_columns IS
    'What is not classified can''t be published.';
