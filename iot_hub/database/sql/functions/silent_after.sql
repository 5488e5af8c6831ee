-- How long after its newest event each device counts as silent: three times its usual gap, and half an hour at least. A
-- device with less than a day of history has no rhythm yet, and a day's time.
--
-- The usual gap is the one in which a device spent four fifths of the week before its newest event, or a shorter one.
-- Weighted by time, the nights of a motion detector count although they are few, and a day without power does not.
--
-- last_seen: when the newest event of each device was. A device without any has no row.
CREATE OR REPLACE FUNCTION iot_personal_hub.silent_after(device_ids integer[], last_seen timestamptz[])
RETURNS TABLE (device_id integer, silent_after interval)
LANGUAGE sql STABLE
AS $$
    WITH hours AS (
        SELECT
            hourly.device_id,
            hourly.count_events,
            date_part('epoch', coalesce(hourly.first_event_at, hourly.date_hour)) AS first_at,
            date_part('epoch', least(coalesce(hourly.last_event_at, hourly.date_hour + interval '1 hour'), device.seen))
                AS last_at
        FROM unnest(device_ids, last_seen) AS device (id, seen)
        JOIN iot_personal_hub.agg_hourly_devices_smartphone_events_counter AS hourly
          ON hourly.device_id = device.id
         AND hourly.date_hour > device.seen - interval '7 days'
         AND hourly.date_hour <= device.seen
    ),
    spans AS (
        -- Within an hour its events are taken to be evenly spaced; between hours the gap is known.
        SELECT
            hours.device_id,
            hours.last_at - hours.first_at AS lasted,
            ceil((hours.last_at - hours.first_at) / (hours.count_events - 1)) AS gap
        FROM hours
        WHERE hours.count_events > 1
        UNION ALL
        SELECT
            hours.device_id,
            hours.first_at - lag(hours.last_at) OVER by_time,
            ceil(hours.first_at - lag(hours.last_at) OVER by_time)
        FROM hours
        WINDOW by_time AS (PARTITION BY hours.device_id ORDER BY hours.first_at)
    ),
    gaps AS (
        SELECT spans.device_id, spans.gap, sum(spans.lasted) AS lasted
        FROM spans
        WHERE spans.gap > 0
        GROUP BY spans.device_id, spans.gap
    ),
    ranked AS (
        SELECT
            gaps.device_id,
            gaps.gap,
            sum(gaps.lasted) OVER (PARTITION BY gaps.device_id ORDER BY gaps.gap) AS in_shorter,
            sum(gaps.lasted) OVER (PARTITION BY gaps.device_id) AS in_all
        FROM gaps
    ),
    rhythms AS (
        SELECT
            ranked.device_id,
            min(ranked.gap) FILTER (WHERE ranked.in_shorter >= 0.8 * ranked.in_all) AS usual_gap,
            max(ranked.in_all) AS known_for
        FROM ranked
        GROUP BY ranked.device_id
    )
    SELECT
        device.id,
        greatest(
            make_interval(secs => 3 * rhythm.usual_gap),
            interval '30 minutes',
            CASE WHEN coalesce(rhythm.known_for, 0) < 86400 THEN interval '1 day' END)
    FROM unnest(device_ids, last_seen) AS device (id, seen)
    LEFT JOIN rhythms AS rhythm ON rhythm.device_id = device.id
    WHERE device.seen IS NOT NULL
$$;
