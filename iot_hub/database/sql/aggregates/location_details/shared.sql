-- With reduced precision, of the cells that are shown, each step counted alike; no altitude. Longitudes as in hourly.sql.
SELECT
    hourly.device_id,
    hourly.date_hour,
    hourly.altitude_min,
    hourly.altitude_avg,
    hourly.altitude_max,
    hourly.latitude_min,
    hourly.latitude_avg,
    hourly.latitude_max,
    hourly.longitude_min,
    hourly.longitude_avg,
    hourly.longitude_max
FROM iot_personal_hub.published_hourly_location_details AS hourly
WHERE (SELECT access.precision_m FROM iot_hub_shared.access AS access) = 0
  AND hourly.device_id = ANY ((SELECT access.device_ids FROM iot_hub_shared.access AS access)::integer[])
  AND hourly.date_hour >= (SELECT access.since FROM iot_hub_shared.access AS access)
  AND hourly.date_hour < (SELECT access.end_of_hours FROM iot_hub_shared.access AS access)
UNION ALL
SELECT
    hourly.device_id,
    hourly.date_hour,
    NULL,
    NULL,
    NULL,
    hourly.latitude_min,
    hourly.latitude_avg,
    hourly.latitude_max,
    (hourly.arc).west::double precision,
    (hourly.arc).mean::double precision,
    (hourly.arc).east::double precision
FROM (
    SELECT
        cell.device_id,
        date_trunc('hour', cell.location_time, 'UTC') AS date_hour,
        min(cell.latitude) AS latitude_min,
        avg(cell.latitude) AS latitude_avg,
        max(cell.latitude) AS latitude_max,
        iot_personal_hub.longitude_arc(array_agg(cell.longitude::numeric)) AS arc
    FROM iot_hub_shared.cells AS cell
    GROUP BY cell.device_id, date_trunc('hour', cell.location_time, 'UTC')
) AS hourly
