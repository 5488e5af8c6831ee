-- Works off marks; returns whether there were any.
SELECT iot_personal_hub.refresh_stale_shown_map_cells() AS marks
