-- Takes a step of masking by changed areas; returns whether there was one.
SELECT iot_personal_hub.mask_next_fixes() AS worked
