SELECT iot_personal_hub.refresh_stale_map_cells() AS months
