-- From the last event before these hours, whose states last into them, to the first event after them. If anything comes
-- after: of what was read in them also to its next reading; and if they end a silence, of whatever lasted before it. No row
-- where there is no state: most devices have none.
WITH earlier AS (
    SELECT counted.date_hour, counted.last_event_at
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
    WHERE counted.device_id = p_device_id
      AND counted.date_hour < p_since
      AND counted.date_hour >= p_since - iot_personal_hub.longest_silence() - interval '1 hour'
    ORDER BY counted.date_hour DESC
    LIMIT 1
),
later AS (
    SELECT counted.date_hour, counted.first_event_at
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
    WHERE counted.device_id = p_device_id
      AND counted.date_hour >= p_until
    ORDER BY counted.date_hour
    LIMIT 1
),
changed AS (
    SELECT read.property
    FROM later
    CROSS JOIN iot_personal_hub.state_readings(p_device_id, p_since, p_until) AS read
    UNION
    SELECT held.property
    FROM later
    JOIN earlier ON later.first_event_at - earlier.last_event_at > iot_personal_hub.longest_silence()
    JOIN iot_personal_hub.agg_hourly_devices_states AS held
        ON held.device_id = p_device_id AND held.date_hour = earlier.date_hour
),
next_readings AS (
    SELECT coalesce(
        (SELECT known.date_hour
         FROM iot_personal_hub.agg_hourly_devices_states AS known
         WHERE known.device_id = p_device_id
           AND known.date_hour >= p_until
           AND known.property = changed.property
           AND known.readings > 0
         ORDER BY known.date_hour
         LIMIT 1),
        (SELECT max(counted.date_hour)
         FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS counted
         WHERE counted.device_id = p_device_id)) AS date_hour
    FROM changed
)
SELECT
    (SELECT date_trunc('hour', earlier.date_hour, 'UTC') FROM earlier) AS since,
    date_trunc('hour', greatest(
        (SELECT later.date_hour
         FROM later
         WHERE later.date_hour <= p_until + iot_personal_hub.longest_silence()),
        (SELECT max(next_readings.date_hour) FROM next_readings)), 'UTC') + interval '1 hour' AS until
WHERE EXISTS (
        SELECT
        FROM earlier
        JOIN iot_personal_hub.agg_hourly_devices_states AS held
            ON held.device_id = p_device_id AND held.date_hour = earlier.date_hour)
   OR EXISTS (
        SELECT
        FROM iot_personal_hub.agg_hourly_devices_states AS known
        WHERE known.device_id = p_device_id
          AND known.date_hour >= p_since
          AND known.date_hour < p_until)
   OR CASE WHEN EXISTS (
        -- By group first, in one look at each event: most carry none of the groups.
        SELECT
        FROM iot_personal_hub.raw_devices_properties AS raw
        WHERE raw.device_id = p_device_id
          AND raw.device_time >= p_since
          AND raw.device_time < p_until
          AND raw.properties ?| (
              SELECT array_agg(DISTINCT property.path[1])
              FROM iot_personal_hub.dim_properties AS property
              WHERE property.state))
      THEN EXISTS (
        SELECT
        FROM iot_personal_hub.state_readings(p_device_id, p_since, p_until) AS read)
      ELSE false END
