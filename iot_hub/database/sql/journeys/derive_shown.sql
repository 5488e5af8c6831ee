-- What published fixes make: stays, trips, gaps and cells, derived as the owner's are, by functions that are made of the
-- owner's, with other names in them: refresh_journeys() becomes refresh_shown_journeys().
--
--  shown_fixes: nothing but published rows. So whoever reads those can compute what these functions write, and learns
--    nothing more from it; no fix, private span or mark of the owner's comes in.
--  Of corrections what the owner hid is hidden. A mode or a place that the owner knows better stays with the owner.
--  Silence of 4 minutes or more is a gap. At rest it is no presence: a device in a private area looks like one that is
--    switched off, so neither may be joined over. A private span hides more than 4 minutes (stay_padding()), so that no
--    published trip leads across one.
--  Cells are of trips alone, and derived under the lock under which fixes are withdrawn.
--
-- needs: derive_journeys
-- needs: path_of_trip
-- needs: refresh_journeys
-- needs: refresh_stale_journeys
-- needs: derive_map_cells
-- needs: refresh_map_cells
-- needs: refresh_stale_map_cells
-- needs: mark_map_cells
DO $do$
DECLARE
    owners text;
    shown text;
BEGIN
    -- It may have returned other columns, which CREATE OR REPLACE does not change.
    DROP FUNCTION IF EXISTS iot_personal_hub.derive_shown_journeys(integer, timestamptz, timestamptz);
    FOREACH owners IN ARRAY ARRAY[
        'derive_journeys', 'path_of_trip', 'refresh_journeys', 'refresh_stale_journeys',
        'derive_map_cells', 'refresh_map_cells', 'refresh_stale_map_cells', 'mark_map_cells']
    LOOP
        shown := pg_get_functiondef(format('iot_personal_hub.%I', owners)::regproc);
        shown := replace(shown, $$interval := '36 hours'$$, $$interval := '3 minutes'$$);
        shown := replace(shown, 'iot_personal_hub.locations ', 'iot_personal_hub.shown_fixes ');
        shown := replace(shown, $$correction.kind <> 'wrong_fixes'$$, $$correction.kind = 'hide'$$);
        shown := replace(shown, 'hashtext(''iot_personal_hub.map_cells'')', 'hashtext(''iot_personal_hub.refresh'')');
        IF owners = 'derive_map_cells' THEN
            shown := replace(shown, 'iot_personal_hub.journeys ', 'iot_personal_hub.shown_trips ');
        END IF;
        shown := regexp_replace(
            shown, 'iot_personal_hub\.((?:derive|refresh|mark)_|refresh_stale_|stale_|)(journeys|journey_legs|map_cells)\y',
            'iot_personal_hub.\1shown_\2', 'g');
        shown := replace(shown, 'iot_personal_hub.path_of_trip(', 'iot_personal_hub.path_of_shown_trip(');
        -- The owner's functions may be written otherwise one day.
        IF shown ~ 'iot_personal_hub\.(locations|journeys|journey_legs|map_cells|places|journey_places)\y|wrong_fixes|36 hours' THEN
            RAISE EXCEPTION 'What % makes for others would be made of what is the owner''s', owners;
        END IF;
        EXECUTE shown;
    END LOOP;
END
$do$;

CREATE OR REPLACE TRIGGER shown_journeys_added
AFTER INSERT ON iot_personal_hub.shown_journeys
REFERENCING NEW TABLE AS changed_journeys
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.mark_shown_map_cells();

CREATE OR REPLACE TRIGGER shown_journeys_removed
AFTER DELETE ON iot_personal_hub.shown_journeys
REFERENCING OLD TABLE AS changed_journeys
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.mark_shown_map_cells();
