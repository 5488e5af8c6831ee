-- Recomputes all roll-ups of all devices from one instant to another, widened to whole hours.
-- Safe to run at any time, any number of times. Returns how many months of devices it recomputed.
-- Called by Airflow, psql and `iot-hub refresh`. Its parameters keep their names: users may call it by them.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_hours("from" timestamptz, "to" timestamptz)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    first_hour timestamptz := date_trunc('hour', "from", 'UTC');
    last_hour timestamptz := date_trunc('hour', "to" + interval '1 hour' - interval '1 microsecond', 'UTC');
    chunk record;
    chunks integer := 0;
BEGIN
    IF "from" IS NULL OR "to" IS NULL OR "from" >= "to" THEN
        RAISE EXCEPTION 'refresh_hours needs from < to, got % and %', "from", "to"
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Raw events hold no time outside these years; an endless range would make endless chunks.
    first_hour := greatest(first_hour, timestamptz '2000-01-01 00:00:00+00');
    last_hour := least(last_hour, timestamptz '2200-01-01 00:00:00+00');

    FOR chunk IN
        -- Materialized: else a plan may read the month of any relation's name before it looks whose partition it is.
        WITH months AS MATERIALIZED (
            SELECT
                to_date(right(child.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC' AS month_start,
                (to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' AS month_end
            FROM pg_inherits
            JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
            WHERE pg_inherits.inhparent = 'iot_personal_hub.raw_devices_properties'::regclass
        )
        SELECT
            device.id AS device_id,
            greatest(months.month_start, first_hour) AS window_start,
            least(months.month_end, last_hour) AS window_end
        FROM iot_personal_hub.dim_devices AS device
        CROSS JOIN months
        WHERE months.month_start < last_hour AND months.month_end > first_hour
        ORDER BY device.id, months.month_start
    LOOP
        PERFORM iot_personal_hub.refresh_device(chunk.device_id, chunk.window_start, chunk.window_end);
        chunks := chunks + 1;
    END LOOP;
    -- Fixes taken outside the range have made their own hours stale.
    PERFORM iot_personal_hub.refresh_stale_hours();
    PERFORM iot_personal_hub.refresh_stale_journeys(chunks + 100);
    PERFORM iot_personal_hub.refresh_stale_drives(chunks + 100);
    RETURN chunks;
END
$$;
