UPDATE iot_personal_hub.dim_blocked_areas AS area
SET margin_m = 900 * %(factor)s
WHERE area.name = %(name)s;
