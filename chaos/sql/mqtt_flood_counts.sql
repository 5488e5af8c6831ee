-- What a flood left in the tables that keep messages.
SELECT (SELECT count(*) FROM iot_personal_hub.raw_devices_properties) AS stored,
       (SELECT count(*) FROM iot_personal_hub.quarantine) AS quarantined,
       (SELECT count(*) FROM iot_personal_hub.discovered_devices) AS discovered,
       (SELECT count(*) FROM iot_personal_hub.held_messages) AS held,
       (SELECT coalesce(sum(octet_length(held.payload)), 0) FROM iot_personal_hub.held_messages AS held) AS held_bytes;
