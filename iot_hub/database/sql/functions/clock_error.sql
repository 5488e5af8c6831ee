-- How wrong a device's clock is: by how much it is ahead of the time of receipt, less than 0 where it is behind, or NULL
-- where it is right or its requests do not agree. For people only: no event is dated by it.
--
-- A reading can be late and never early. So what is ahead of its receipt proves a wrong clock, unless it is one odd reading:
-- three requests of the last ten have to be. A clock is behind where even the promptest reading of each hour was late, by the
-- same for all hours: a right clock's late readings are some later than others.
CREATE OR REPLACE FUNCTION iot_personal_hub.clock_error(p_device_id integer)
RETURNS interval
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    least_error CONSTANT interval := '5 minutes';
    constancy CONSTANT interval := '2 minutes';
    lately CONSTANT timestamptz := now() - interval '31 days';
    -- Of the last days, or of the month that has it: one or two months are opened for it.
    newest CONSTANT timestamptz := coalesce(
        (SELECT raw.device_time
         FROM iot_personal_hub.raw_devices_properties AS raw
         WHERE raw.device_id = p_device_id
           AND raw.device_time >= lately
         ORDER BY raw.device_time DESC
         LIMIT 1),
        (SELECT seen.last_seen FROM iot_personal_hub.last_seen_of(p_device_id) AS seen));
    -- Before the statement, whose plan would not know what an interval before an instant is.
    earliest CONSTANT timestamptz := date_trunc('hour', newest, 'UTC') - interval '2 days';
    seen record;
BEGIN
    WITH sampled AS (
        -- The last of each hour by the device's clock, along the key: a sensor may send a hundred thousand a day.
        SELECT event.device_time - event.received_at AS difference, event.received_at
        FROM generate_series(earliest, newest, interval '1 hour') AS hours (starts)
        CROSS JOIN LATERAL (
            SELECT raw.device_time, raw.created_at_cest AS received_at
            FROM iot_personal_hub.raw_devices_properties AS raw
            WHERE raw.device_id = p_device_id
              AND raw.device_time >= hours.starts
              AND raw.device_time < hours.starts + interval '1 hour'
              AND raw.duplicate_of IS NULL
              -- Known before it runs, so that one or two months are opened for it and not all of the hub's years.
              AND raw.device_time >= earliest
              AND raw.device_time <= newest
              -- What something else dates says nothing of the clock.
              AND NOT raw.properties ? 'time_source'
            ORDER BY raw.device_time DESC
            LIMIT 20
        ) AS event
        WHERE event.received_at > now() - interval '1 day'
    ),
    -- Requests that came at once may have shared a commit.
    requests AS (
        SELECT sampled.received_at, max(sampled.difference) AS difference
        FROM sampled
        GROUP BY sampled.received_at
    ),
    foremost AS (
        SELECT recent.difference
        FROM (SELECT * FROM requests ORDER BY requests.received_at DESC LIMIT 10) AS recent
        ORDER BY recent.difference DESC
        OFFSET 2 LIMIT 1
    ),
    promptest AS (
        SELECT max(requests.difference) AS difference
        FROM requests
        GROUP BY date_trunc('hour', requests.received_at, 'UTC')
    )
    SELECT
        (SELECT foremost.difference FROM foremost) AS third_largest,
        max(promptest.difference) AS largest,
        min(promptest.difference) AS smallest,
        count(*) AS hours
    INTO seen
    FROM promptest;

    RETURN CASE
        WHEN seen.third_largest > least_error THEN seen.third_largest
        WHEN seen.hours >= 3 AND seen.largest < -least_error AND seen.largest - seen.smallest <= constancy
        THEN seen.largest
    END;
END
$$;
