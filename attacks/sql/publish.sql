UPDATE iot_personal_hub.dim_devices AS device SET published = true WHERE device.id = %(device_id)s;
