-- Marks the months (UTC) of journeys that were written or deleted, in the transaction that did it, whoever did.
CREATE OR REPLACE FUNCTION iot_personal_hub.mark_map_cells()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO iot_personal_hub.stale_map_cells (device_id, month)
    SELECT DISTINCT changed.device_id, date_trunc('month', changed.starts, 'UTC')::date
    FROM changed_journeys AS changed;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER journeys_added
AFTER INSERT ON iot_personal_hub.journeys
REFERENCING NEW TABLE AS changed_journeys
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.mark_map_cells();

CREATE OR REPLACE TRIGGER journeys_changed
AFTER UPDATE ON iot_personal_hub.journeys
REFERENCING NEW TABLE AS changed_journeys
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.mark_map_cells();

CREATE OR REPLACE TRIGGER journeys_removed
AFTER DELETE ON iot_personal_hub.journeys
REFERENCING OLD TABLE AS changed_journeys
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.mark_map_cells();
