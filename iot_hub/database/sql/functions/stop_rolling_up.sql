-- Deletes a row of dim_metrics. A number of the owner's is gone with it; one of the catalogue's is no longer rolled up,
-- so that the next version does not bring it back.
CREATE OR REPLACE FUNCTION iot_personal_hub.stop_rolling_up()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM iot_personal_hub.dim_properties AS property
    WHERE property.name = OLD.metric
      AND property.shipped_rolled_up IS NULL;

    IF NOT FOUND THEN
        UPDATE iot_personal_hub.dim_properties AS property
        SET rolled_up = false
        WHERE property.name = OLD.metric;
    END IF;
    RETURN OLD;
END
$$;

CREATE OR REPLACE TRIGGER dim_metrics_stop_rolling_up
INSTEAD OF DELETE ON iot_personal_hub.dim_metrics
FOR EACH ROW EXECUTE FUNCTION iot_personal_hub.stop_rolling_up();
