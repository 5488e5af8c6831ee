-- The cell of about 2 km that a place is in, of a lattice that is itself secretly placed.
CREATE OR REPLACE FUNCTION iot_personal_hub.zone_cell(latitude double precision, longitude double precision)
RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT format(' cell %s %s',
        floor(latitude / 0.02 + iot_personal_hub.keyed_random('lattice north')),
        floor(longitude * cos(radians(round(latitude))) / 0.02 + iot_personal_hub.keyed_random('lattice east')))
$$;
