-- Judges everything that a change of the areas has left to judge, in one transaction, which keeps refreshes waiting. For
-- psql and tests: the worker takes steps.
CREATE OR REPLACE FUNCTION iot_personal_hub.work_off_masking(p_most integer DEFAULT 4000)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    WHILE iot_personal_hub.mask_next_fixes(p_most) LOOP
    END LOOP;
END
$$;
