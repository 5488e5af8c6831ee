-- The tables of published readings: events, fixes, what is made of fixes, and roll-ups.
CREATE OR REPLACE FUNCTION iot_personal_hub.published_reading_tables()
RETURNS SETOF regclass
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN NEXT 'iot_personal_hub.shown_events'::regclass;
    RETURN NEXT 'iot_personal_hub.shown_locations'::regclass;
    RETURN NEXT 'iot_personal_hub.shown_journeys'::regclass;
    RETURN NEXT 'iot_personal_hub.shown_journey_legs'::regclass;
    RETURN NEXT 'iot_personal_hub.shown_map_cells'::regclass;
    RETURN QUERY
    SELECT tables.name
    FROM iot_personal_hub.published_hourly_tables() AS tables (name);
END
$$;
