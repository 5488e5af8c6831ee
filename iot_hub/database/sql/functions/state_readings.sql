-- What a device reported of its states between two instants. By group first, as refresh_metrics(): most events carry
-- none of the groups. One plain query, so that the planner inlines it.
CREATE OR REPLACE FUNCTION iot_personal_hub.state_readings(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (property text, read_at timestamptz, digest bytea, value text)
LANGUAGE sql STABLE
AS $$
    SELECT known.name, reading.read_at, reading.digest, iot_personal_hub.state_of(member.value, known.kind)
    FROM (
        SELECT
            raw.device_time AS read_at,
            raw.digest,
            property_group.name AS property_group,
            raw.properties -> property_group.name AS members
        FROM iot_personal_hub.raw_devices_properties AS raw
        JOIN (
            SELECT property.path[1] AS name, array_agg(property.path[2]) AS keys
            FROM iot_personal_hub.dim_properties AS property
            WHERE property.state
            GROUP BY property.path[1]
        ) AS property_group
            ON raw.properties ? property_group.name
           AND raw.properties -> property_group.name ?| property_group.keys
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_since
          AND raw.device_time < p_until
          AND raw.duplicate_of IS NULL
        -- Keeps the planner from looking for each property in each event.
        OFFSET 0
    ) AS reading
    CROSS JOIN LATERAL jsonb_each(
        CASE WHEN jsonb_typeof(reading.members) = 'object' THEN reading.members ELSE '{}' END) AS member
    JOIN iot_personal_hub.dim_properties AS known
        ON known.state
       AND known.path = ARRAY[reading.property_group, member.key]
    WHERE iot_personal_hub.state_of(member.value, known.kind) IS NOT NULL
$$;
