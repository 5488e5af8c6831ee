-- The tables of published roll-ups: by their names, so that none is forgotten when something is withdrawn.
CREATE OR REPLACE FUNCTION iot_personal_hub.published_hourly_tables()
RETURNS SETOF regclass
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT relation.oid::regclass
    FROM pg_class AS relation
    WHERE relation.relnamespace = 'iot_personal_hub'::regnamespace
      AND relation.relkind = 'r'
      AND starts_with(relation.relname, 'shown_hourly_')
    ORDER BY relation.relname;
END
$$;
