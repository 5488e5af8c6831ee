-- What was reported of one instant is published in the order in which it came, and longitudes go around the Earth.

-- Every row stays as it is: where several are of one instant, their hours are published again, below.
ALTER TABLE iot_personal_hub.published_locations ADD COLUMN sequence integer NOT NULL DEFAULT 1;
ALTER TABLE iot_personal_hub.published_events ADD COLUMN sequence integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN iot_personal_hub.published_locations.sequence IS
    'The order of the published fixes of one instant: that in which they came. 1 for the first.';
COMMENT ON COLUMN iot_personal_hub.published_events.sequence IS
    'The order of the published events of one instant: that in which they came. 1 for the first.';

-- Maps are drawn from this index alone, so it has what their order needs.
CREATE UNIQUE INDEX published_locations_with_sequence
    ON iot_personal_hub.published_locations (device_id, location_time, latitude, longitude)
    INCLUDE (altitude_m, accuracy_m, speed_ms, sequence);
ALTER TABLE iot_personal_hub.published_locations
    DROP CONSTRAINT published_locations_pkey,
    ADD CONSTRAINT published_locations_pkey PRIMARY KEY USING INDEX published_locations_with_sequence;

WITH shared_instants AS (
    SELECT published.device_id, published.location_time AS at
    FROM iot_personal_hub.published_locations AS published
    GROUP BY published.device_id, published.location_time
    HAVING count(*) > 1
    UNION
    SELECT published.device_id, published.device_time
    FROM iot_personal_hub.published_events AS published
    GROUP BY published.device_id, published.device_time
    HAVING count(*) > 1
),
hours AS (
    SELECT DISTINCT shared_instants.device_id, date_trunc('hour', shared_instants.at, 'UTC') AS date_hour
    FROM shared_instants
)
INSERT INTO iot_personal_hub.due_hours (device_id, date_hour, due_at)
SELECT hours.device_id, hours.date_hour, now()
FROM hours
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.dropped_days AS dropped
    WHERE dropped.device_id = hours.device_id
      AND dropped.date = (hours.date_hour AT TIME ZONE 'UTC')::date)
ON CONFLICT DO NOTHING;

-- Hours across the antimeridian have averages of the other side of the Earth; a longitude beyond 180 degrees could not be
-- read; and one fix may be there at 180 and at -180 degrees.
INSERT INTO iot_personal_hub.stale_hours (device_id, date_hour)
SELECT doubtful.device_id, doubtful.date_hour
FROM (
    SELECT agg.device_id, agg.date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details AS agg
    WHERE agg.longitude_max - agg.longitude_min > 180 OR agg.longitude_max = 180
    UNION
    SELECT agg.device_id, agg.date_hour
    FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS agg
    WHERE agg.count_unplaced > 0
    UNION
    SELECT fix.device_id, date_trunc('hour', fix.location_time, 'UTC')
    FROM iot_personal_hub.locations AS fix
    WHERE fix.longitude = 180
) AS doubtful
WHERE NOT EXISTS (
    SELECT
    FROM iot_personal_hub.dropped_days AS dropped
    WHERE dropped.device_id = doubtful.device_id
      AND dropped.date = (doubtful.date_hour AT TIME ZONE 'UTC')::date);

DELETE FROM iot_personal_hub.locations AS fix
USING iot_personal_hub.locations AS twin
WHERE fix.longitude = 180
  AND twin.device_id = fix.device_id
  AND twin.location_time = fix.location_time
  AND twin.latitude = fix.latitude
  AND twin.longitude = -180;

UPDATE iot_personal_hub.locations AS fix
SET longitude = -180
WHERE fix.longitude = 180;
