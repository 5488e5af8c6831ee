-- For the yardstick alone: no attack sees it.
SELECT area.reach_m, area.shift_east_m, area.shift_north_m
FROM iot_personal_hub.dim_blocked_areas AS area
WHERE area.name = %(name)s;
