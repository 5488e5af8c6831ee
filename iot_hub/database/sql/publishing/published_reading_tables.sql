-- The tables of published readings: events, fixes and roll-ups.
CREATE OR REPLACE FUNCTION iot_personal_hub.published_reading_tables()
RETURNS SETOF regclass
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN NEXT 'iot_personal_hub.shown_events'::regclass;
    RETURN NEXT 'iot_personal_hub.shown_locations'::regclass;
    RETURN QUERY
    SELECT tables.name
    FROM iot_personal_hub.published_hourly_tables() AS tables (name);
END
$$;
