-- The key of an hourly aggregate's tables: a device, what tells several rows of an hour apart, and the hour.
CREATE OR REPLACE FUNCTION iot_personal_hub.hourly_key_of(p_aggregate text, p_format text DEFAULT '%1$I')
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT string_agg(format(p_format, part.name), ', ' ORDER BY part.number)
        FROM (
            SELECT 'device_id' AS name, 0 AS number
            UNION ALL
            SELECT hourly_column.name, hourly_column.number
            FROM iot_personal_hub.hourly_columns AS hourly_column
            WHERE hourly_column.aggregate = p_aggregate AND hourly_column.role = 'key'
            UNION ALL
            SELECT 'date_hour', 2147483647
        ) AS part);
END
$$;
