-- Statements for SQLite: the database of Home Assistant's recorder, which is only read. States come in the order of their
-- numbers, so that none waits in memory.

-- name: recorder_columns
SELECT name FROM pragma_table_info('states')

-- Since 2023.4: entities and attributes in tables of their own, times in Unix seconds.
-- name: recorder_states
SELECT states_meta.entity_id, states.state, states.last_updated_ts, state_attributes.shared_attrs
FROM states
LEFT JOIN states_meta ON states_meta.metadata_id = states.metadata_id
LEFT JOIN state_attributes ON state_attributes.attributes_id = states.attributes_id
ORDER BY states.state_id

-- name: recorder_states_2023_2
SELECT states.entity_id, states.state, states.last_updated_ts, state_attributes.shared_attrs
FROM states
LEFT JOIN state_attributes ON state_attributes.attributes_id = states.attributes_id
ORDER BY states.state_id

-- Times as text in UTC.
-- name: recorder_states_2022_4
SELECT states.entity_id, states.state, states.last_updated, state_attributes.shared_attrs
FROM states
LEFT JOIN state_attributes ON state_attributes.attributes_id = states.attributes_id
ORDER BY states.state_id

-- name: recorder_states_2017
SELECT states.entity_id, states.state, states.last_updated, states.attributes
FROM states
ORDER BY states.state_id

-- Entities with places of their own.
-- name: recorder_trackers
SELECT entity_id
FROM states_meta
WHERE entity_id GLOB 'device_tracker.*' OR entity_id GLOB 'person.*'

-- Before 2023.4 an index of the states has the entities.
-- name: recorder_trackers_2023_2
SELECT DISTINCT entity_id
FROM states
WHERE entity_id GLOB 'device_tracker.*' OR entity_id GLOB 'person.*'
