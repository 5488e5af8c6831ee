-- Assigns the stays around a place that was added, changed or removed to what is there now, in the same transaction.
CREATE OR REPLACE FUNCTION iot_personal_hub.assign_places()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE iot_personal_hub.journey_places AS named
    SET place_id = iot_personal_hub.place_at(named.latitude, named.longitude)
    FROM (VALUES (OLD.latitude, OLD.longitude, OLD.radius_m), (NEW.latitude, NEW.longitude, NEW.radius_m))
        AS changed (latitude, longitude, radius_m)
    WHERE named.latitude BETWEEN changed.latitude - changed.radius_m / 111000
                             AND changed.latitude + changed.radius_m / 111000
      AND iot_personal_hub.great_circle_m(named.latitude, named.longitude, changed.latitude, changed.longitude)
          <= changed.radius_m
      AND named.place_id IS DISTINCT FROM iot_personal_hub.place_at(named.latitude, named.longitude);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER places_assign
AFTER INSERT OR UPDATE OR DELETE ON iot_personal_hub.places
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.assign_places();
