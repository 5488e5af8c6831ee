-- How many devices were found and approved.
SELECT count(*) AS n FROM iot_personal_hub.discovered_devices AS found WHERE found.status = 'approved';
