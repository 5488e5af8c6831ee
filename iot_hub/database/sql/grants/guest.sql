-- What iot_hub_guest, as which readers of share links connect, may do: read the views of their link.
REVOKE ALL ON SCHEMA iot_personal_hub, iot_hub_shared FROM PUBLIC, iot_hub_guest;
REVOKE ALL ON ALL TABLES IN SCHEMA iot_personal_hub, iot_hub_shared FROM PUBLIC, iot_hub_guest;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA iot_personal_hub, iot_hub_shared FROM PUBLIC, iot_hub_guest;
REVOKE ALL ON ALL ROUTINES IN SCHEMA iot_personal_hub, iot_hub_shared FROM PUBLIC, iot_hub_guest;

GRANT USAGE ON SCHEMA iot_hub_shared TO iot_hub_guest;

-- Views check a function's rights against who reads the view. These read no table, and without a
-- right on their schema the guest can't even name them.
GRANT EXECUTE ON FUNCTION
    iot_personal_hub.day_cuts(text, timestamptz, timestamptz),
    iot_personal_hub.great_circle_m(double precision, double precision, double precision, double precision),
    iot_personal_hub.hour_part(timestamptz, timestamptz[]),
    iot_personal_hub.longitude_arc(numeric[]),
    iot_personal_hub.number_of(jsonb),
    iot_personal_hub.opaque_id(text, bigint)
TO iot_hub_guest;

-- Writes the log of openings, for the link whose token the session holds.
GRANT EXECUTE ON FUNCTION iot_hub_shared.note_opening() TO iot_hub_guest;

-- Read the private areas and where a live link's destination is, and tell neither.
GRANT EXECUTE ON FUNCTION iot_hub_shared.note_arrival(), iot_hub_shared.arrival() TO iot_hub_guest;

GRANT SELECT ON
    iot_hub_shared.devices,
    iot_hub_shared.events,
    iot_hub_shared.hourly_metrics,
    iot_hub_shared.hourly_values,
    iot_hub_shared.last_seen,
    iot_hub_shared.link,
    iot_hub_shared.locations,
    iot_hub_shared.moves,
    iot_hub_shared.year_countries,
    iot_hub_shared.year_modes,
    iot_hub_shared.year_squares
TO iot_hub_guest;

DO $$
DECLARE
    aggregate text;
BEGIN
    FOR aggregate IN SELECT hourly.name FROM iot_personal_hub.hourly_aggregates AS hourly LOOP
        EXECUTE format('GRANT SELECT ON iot_hub_shared.%I TO iot_hub_guest', 'hourly_' || aggregate);
    END LOOP;
END
$$;
