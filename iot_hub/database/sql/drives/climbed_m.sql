-- How far it went upwards, from altitudes in order of time. A change of less than 10 m is noise, as fixes have it.
CREATE OR REPLACE FUNCTION iot_personal_hub.climbed_m(altitudes double precision[])
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    noise_m  CONSTANT double precision := 10;
    former   double precision;
    altitude double precision;
    climbed  double precision := 0;
BEGIN
    IF cardinality(altitudes) IS NULL OR cardinality(altitudes) < 2 THEN
        RETURN NULL;
    END IF;
    FOREACH altitude IN ARRAY altitudes LOOP
        IF former IS NULL OR abs(altitude - former) >= noise_m THEN
            climbed := climbed + greatest(altitude - former, 0);
            former := altitude;
        END IF;
    END LOOP;
    RETURN round(climbed::numeric, 1);
END
$$;
