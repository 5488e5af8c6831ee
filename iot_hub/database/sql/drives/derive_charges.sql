-- The times at which a car was charged between two instants, derived from its readings and fixes, and nothing else. At the
-- two instants it may not be charging.
--
-- Between two readings of charging it is one charge, unless there are more than p_gap between them, or it drove. Its energy
-- is the growth of the car's counter, where it is known from the start to the end. Else it is that or the charging power
-- over the time, the larger of those that are known of four fifths of it. A single reading is none.
CREATE OR REPLACE FUNCTION iot_personal_hub.derive_charges(
    p_device_id integer, p_since timestamptz, p_until timestamptz, p_gap interval)
RETURNS SETOF iot_personal_hub.charges
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    -- The counter of a charge begins at zero a little before, and ends a little after it.
    around   CONSTANT interval := '2 minutes';
    most_share CONSTANT double precision := 0.8;
    usable_m CONSTANT double precision := 150;
    nearby   CONSTANT interval := '30 minutes';
    -- Where it was in these times the owner has hidden.
    unsaid   CONSTANT tstzmultirange := iot_personal_hub.hidden_times(p_device_id);
BEGIN
    RETURN QUERY
    WITH said AS (
        SELECT
            reading.read_at,
            reading.says = 'charging' OR reading.charged AS is_charging,
            max(reading.read_at) FILTER (WHERE reading.says = 'charging' OR reading.charged) OVER before AS charged_at,
            max(reading.read_at) FILTER (WHERE reading.says = 'driving' OR reading.moved) OVER before AS driven_at
        FROM iot_personal_hub.car_readings AS reading
        WHERE reading.device_id = p_device_id
          AND reading.read_at >= p_since
          AND reading.read_at <= p_until
          AND (reading.says IN ('charging', 'driving') OR reading.charged OR reading.moved)
        WINDOW before AS (ORDER BY reading.read_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ),
    last AS MATERIALIZED (
        SELECT max(said.read_at) FILTER (WHERE said.is_charging) AS charged_at FROM said
    ),
    cuts AS (
        SELECT said.charged_at AS before, said.read_at AS starts
        FROM said
        WHERE said.is_charging
          AND (said.charged_at IS NULL
               OR said.read_at - said.charged_at > p_gap
               OR said.driven_at > said.charged_at)
    ),
    spans AS MATERIALIZED (
        SELECT
            cuts.starts,
            coalesce(lead(cuts.before) OVER by_time, last.charged_at) AS ends,
            greatest(cuts.starts - around, cuts.before) AS read_since,
            least(coalesce(lead(cuts.before) OVER by_time, last.charged_at) + around, lead(cuts.starts) OVER by_time)
                AS read_until,
            date_part('epoch', coalesce(lead(cuts.before) OVER by_time, last.charged_at) - cuts.starts) AS seconds
        FROM cuts
        CROSS JOIN last
        WINDOW by_time AS (ORDER BY cuts.starts)
    )
    SELECT
        p_device_id, span.starts, span.ends,
        round((CASE
            WHEN counted.is_whole AND counted.growth > 0 THEN counted.growth
            ELSE greatest(
                CASE WHEN counted.seconds >= most_share * span.seconds THEN nullif(counted.growth, 0) END,
                CASE WHEN powered.seconds >= most_share * span.seconds THEN powered.energy_wh END)
            END)::numeric, 1)::double precision,
        plain.battery_start_percent, plain.battery_end_percent, plain.top_power_w,
        round(plain.outside_temperature_c::numeric, 2)::double precision, plain.odometer_km,
        place.latitude, place.longitude, plain.readings
    FROM spans AS span
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE near.read_at BETWEEN span.starts AND span.ends)::integer AS readings,
            max(near.charging_power_w) AS top_power_w,
            avg(near.outside_temperature_c) AS outside_temperature_c,
            max(near.odometer_km) AS odometer_km,
            (min(ARRAY[date_part('epoch', near.read_at), near.battery_percent])
                FILTER (WHERE near.battery_percent IS NOT NULL))[2] AS battery_start_percent,
            (max(ARRAY[date_part('epoch', near.read_at), near.battery_percent])
                FILTER (WHERE near.battery_percent IS NOT NULL))[2] AS battery_end_percent
        FROM iot_personal_hub.car_readings AS near
        WHERE near.device_id = p_device_id
          AND near.read_at >= span.read_since
          AND near.read_at <= span.read_until
    ) AS plain
    CROSS JOIN LATERAL (
        SELECT
            sum(CASE
                WHEN step.charged_wh >= step.former_wh THEN step.charged_wh - step.former_wh
                -- It began again at zero.
                WHEN step.charged_wh < 0.9 * step.former_wh THEN step.charged_wh
                END) AS growth,
            min(step.read_at) <= span.starts + around AND max(step.read_at) >= span.ends - around AS is_whole,
            date_part('epoch', max(step.read_at) - min(step.read_at)) AS seconds
        FROM (
            SELECT near.read_at, near.charged_wh, lag(near.charged_wh) OVER (ORDER BY near.read_at) AS former_wh
            FROM iot_personal_hub.car_readings AS near
            WHERE near.device_id = p_device_id
              AND near.read_at >= span.read_since
              AND near.read_at <= span.read_until
              AND near.charged_wh IS NOT NULL
        ) AS step
    ) AS counted
    CROSS JOIN LATERAL (
        SELECT
            sum(step.lasts * (step.charging_power_w + step.next_w) / 7200) AS energy_wh,
            sum(step.lasts) AS seconds
        FROM (
            SELECT
                reading.charging_power_w,
                lead(reading.charging_power_w) OVER by_time AS next_w,
                date_part('epoch', lead(reading.read_at) OVER by_time - reading.read_at) AS lasts
            FROM iot_personal_hub.car_readings AS reading
            WHERE reading.device_id = p_device_id
              AND reading.read_at >= span.starts
              AND reading.read_at <= span.ends
              AND reading.charging_power_w IS NOT NULL
            WINDOW by_time AS (ORDER BY reading.read_at)
        ) AS step
    ) AS powered
    LEFT JOIN LATERAL (
        SELECT fix.latitude, fix.longitude
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time >= span.starts - nearby
          AND fix.location_time <= span.starts + nearby
          AND fix.outlier IS NULL
          AND fix.uncertainty_m <= usable_m
          AND NOT unsaid @> fix.location_time
        ORDER BY abs(date_part('epoch', fix.location_time - span.starts)), fix.location_time, fix.latitude, fix.longitude
        LIMIT 1
    ) AS place ON true
    WHERE span.ends > span.starts;
END
$$;
