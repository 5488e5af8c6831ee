UPDATE iot_personal_hub.dim_devices AS device SET published = %(published)s
