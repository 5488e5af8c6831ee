-- Cuts a trip into legs, each made in one mode: to the bus on foot, and on by bus. It takes the trip's stretches from one
-- minute to the next in order of time, and the mode that an app reported for each (hinted_mode()); nothing else counts.
--
--  1. A stretch is on foot or a ride: by the reported mode if that can be so fast, or else by its speed. A ride without a
--     reported mode has that of the ride before it, or else of the one after it.
--  2. What lasts is a leg: 4 minutes and 100 m on foot, 2 minutes and 400 m of a ride. Anything shorter, such as a stop
--     at a light, is a part of the leg before it; at the beginning, of the one after it.
--  3. A leg has the mode that was reported for most of its time with a reported mode, if a quarter of the leg or more has
--     one. Otherwise its speeds decide. Neighbours in the same mode are one leg.
CREATE OR REPLACE FUNCTION iot_personal_hub.legs_of_trip(
    p_minutes timestamptz[], p_seconds double precision[], p_metres double precision[], p_hints text[])
RETURNS TABLE (starts timestamptz, mode text, distance_m double precision)
LANGUAGE plpgsql IMMUTABLE
AS $$
#variable_conflict use_column
DECLARE
    -- Metres a second.
    strolling      CONSTANT double precision := 2.5;
    shortest_walk  CONSTANT double precision := 240;
    shortest_ride  CONSTANT double precision := 120;
    walk_m         CONSTANT double precision := 100;
    ride_m         CONSTANT double precision := 400;
    hinted_share   CONSTANT double precision := 0.25;
    silence        CONSTANT double precision := 1200;
BEGIN
    RETURN QUERY
    WITH stretches AS (
        SELECT
            given.n, given.minute, given.seconds, given.metres,
            given.metres / given.seconds AS speed,
            -- A walk at 25 m/s is none.
            CASE WHEN given.metres / given.seconds <= CASE given.hint
                    WHEN 'on_foot' THEN 7
                    WHEN 'bicycle' THEN 17
                    WHEN 'boat' THEN 30
                    WHEN 'vehicle' THEN 70
                    WHEN 'train' THEN 110
                    ELSE 350
                END THEN given.hint END AS hint
        FROM unnest(p_minutes, p_seconds, p_metres, p_hints) WITH ORDINALITY AS given (minute, seconds, metres, hint, n)
    ),
    hinted_stretches AS (
        SELECT
            stretches.*,
            coalesce(stretches.hint = 'on_foot', stretches.speed < strolling) AS is_on_foot,
            count(*) FILTER (WHERE stretches.hint <> 'on_foot') OVER (ORDER BY stretches.n) AS hinted_rides
        FROM stretches
    ),
    regimes AS (
        SELECT
            hinted_stretches.*,
            CASE
                WHEN hinted_stretches.is_on_foot THEN 'on_foot'
                ELSE coalesce(
                    max(hinted_stretches.hint) FILTER (WHERE hinted_stretches.hint <> 'on_foot') OVER (PARTITION BY greatest(hinted_stretches.hinted_rides, 1)),
                    'ride')
            END AS regime
        FROM hinted_stretches
    ),
    turns AS (
        SELECT regimes.*, regimes.regime IS DISTINCT FROM lag(regimes.regime) OVER (ORDER BY regimes.n) AS is_first
        FROM regimes
    ),
    numbered AS (
        SELECT turns.*, count(*) FILTER (WHERE turns.is_first) OVER (ORDER BY turns.n) AS run
        FROM turns
    ),
    runs AS (
        SELECT
            numbered.run,
            min(numbered.regime) AS regime,
            CASE min(numbered.regime)
                WHEN 'on_foot' THEN sum(numbered.seconds) >= shortest_walk AND sum(numbered.metres) >= walk_m
                ELSE sum(numbered.seconds) >= shortest_ride AND sum(numbered.metres) >= ride_m
            END AS lasts
        FROM numbered
        GROUP BY numbered.run
    ),
    blocks AS (
        SELECT runs.*, greatest(count(*) FILTER (WHERE runs.lasts) OVER (ORDER BY runs.run), 1) AS block
        FROM runs
    ),
    held AS (
        SELECT blocks.run, max(blocks.regime) FILTER (WHERE blocks.lasts) OVER (PARTITION BY blocks.block) AS regime
        FROM blocks
    ),
    held_turns AS (
        SELECT held.*, held.regime IS DISTINCT FROM lag(held.regime) OVER (ORDER BY held.run) AS is_first
        FROM held
    ),
    parts_of_runs AS (
        SELECT
            held_turns.run, held_turns.regime,
            count(*) FILTER (WHERE held_turns.is_first) OVER (ORDER BY held_turns.run) AS part
        FROM held_turns
    ),
    parts AS (
        SELECT
            owner.part,
            min(owner.regime) AS regime,
            min(numbered.minute) AS starts,
            sum(numbered.metres ORDER BY numbered.n) AS metres,
            sum(numbered.seconds) AS seconds,
            count(*) AS stretches,
            percentile_cont(ARRAY[0.85, 0.95]) WITHIN GROUP (ORDER BY numbered.speed) AS speeds,
            max(numbered.speed) AS top_speed,
            max(numbered.metres) FILTER (WHERE numbered.seconds > silence) AS silent_m,
            max(numbered.speed) FILTER (WHERE numbered.seconds > silence) AS silent_speed
        FROM numbered
        JOIN parts_of_runs AS owner ON owner.run = numbered.run
        GROUP BY owner.part
    ),
    hinted AS (
        SELECT
            owner.part, numbered.hint,
            sum(numbered.seconds) AS seconds,
            sum(sum(numbered.seconds)) OVER (PARTITION BY owner.part) AS of_all
        FROM numbered
        JOIN parts_of_runs AS owner ON owner.run = numbered.run
        WHERE numbered.hint IS NOT NULL
        GROUP BY owner.part, numbered.hint
    ),
    moded AS (
        SELECT
            parts.part, parts.starts, parts.metres,
            CASE
                WHEN hinted.hint IS NOT NULL THEN hinted.hint
                WHEN parts.silent_m > 150000 AND parts.silent_speed > 45 OR parts.speeds[1] > 80 THEN 'flight'
                WHEN parts.stretches <= 2 AND parts.silent_m IS NOT NULL THEN NULL
                WHEN parts.regime = 'on_foot' OR parts.speeds[2] < 2.6 THEN 'on_foot'
                WHEN parts.speeds[2] < 8 AND parts.speeds[1] < 6.5 AND parts.top_speed < 12 THEN 'bicycle'
                ELSE 'vehicle'
            END AS mode
        FROM parts
        LEFT JOIN hinted
            ON hinted.part = parts.part
           AND hinted.seconds * 2 > hinted.of_all
           AND hinted.of_all >= hinted_share * parts.seconds
           -- Taxiing is no flight yet.
           AND (hinted.hint <> 'flight' OR parts.top_speed > 45)
    ),
    moded_turns AS (
        SELECT
            moded.*,
            moded.mode IS DISTINCT FROM lag(moded.mode) OVER (ORDER BY moded.part) OR moded.part = 1 AS is_first
        FROM moded
    ),
    legs AS (
        SELECT moded_turns.*, count(*) FILTER (WHERE moded_turns.is_first) OVER (ORDER BY moded_turns.part) AS leg
        FROM moded_turns
    )
    SELECT
        min(legs.starts),
        min(legs.mode),
        round(sum(legs.metres ORDER BY legs.part)::numeric, 1)::double precision
    FROM legs
    GROUP BY legs.leg
    ORDER BY 1;
END
$$;
