-- The stays, trips and gaps of a device, derived from its fixes between two instants and nothing else: the same for any
-- order in which they came. Near the two instants it is as if there were no fixes beyond them.
--
--  1. Fixes that are right to 150 m make one position a minute, the accurate ones weighing more. Positions are integers
--     (1e-7 degrees): sums of them don't depend on an order. A lone jump gives way to the median of three minutes.
--  2. The time from one such minute to the next is still, moving or unknown. Silences: who is where they were, or near
--     enough for the time, has been there all along, as phones at rest say nothing. A long silence across a distance,
--     slower than on foot, is unknown, and so is one of more than a day and a half.
--  3. Moving for at most 20 minutes, within 250 m and back to where it began, is a part of the stay around it.
--  4. Still for 5 minutes is a stay; what is between stays is a trip.
CREATE OR REPLACE FUNCTION iot_personal_hub.derive_journeys(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (
    starts timestamptz, ends timestamptz, kind text, mode text, latitude double precision, longitude double precision,
    distance_m double precision, extent_m double precision, fixes integer, is_continued boolean, is_anchor boolean)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    usable_m           CONSTANT double precision := 150;
    half_turn          CONSTANT bigint := 1800000000;
    full_turn          CONSTANT bigint := 3600000000;
    metres             CONSTANT double precision := 0.0111195;
    smoothed_within    CONSTANT interval := '12 minutes';
    silence            CONSTANT interval := '4 minutes';
    -- Longer than the five minutes between reports that many apps leave: in those a slow walk may begin.
    resting            CONSTANT interval := '6 minutes';
    long_silence       CONSTANT interval := '15 minutes';
    longest_silence    CONSTANT interval := '36 hours';
    still_m            CONSTANT double precision := 100;
    still_silent_m     CONSTANT double precision := 150;
    still_near_m       CONSTANT double precision := 400;
    -- Metres a second.
    drifting           CONSTANT double precision := 0.7;
    walking            CONSTANT double precision := 1.2;
    excursion          CONSTANT interval := '20 minutes';
    excursion_m        CONSTANT double precision := 250;
    shortest_stay      CONSTANT interval := '5 minutes';
    -- So far from a cut nothing changes the parts of a stay.
    anchored           CONSTANT interval := '1 hour';
    a_monday           CONSTANT timestamptz := '1970-01-05 00:00:00+00';
BEGIN
    RETURN QUERY
    WITH weighed AS (
        SELECT
            date_bin('1 minute', fix.location_time, 'epoch') AS minute,
            round(fix.latitude * 1e7)::bigint AS latitude,
            round(fix.longitude * 1e7)::bigint AS longitude,
            greatest(round(40000 / (fix.uncertainty_m ^ 2 + 25)), 1)::bigint AS weight
        FROM iot_personal_hub.locations AS fix
        WHERE fix.device_id = p_device_id
          AND fix.location_time >= p_since
          AND fix.location_time < p_until
          AND fix.outlier IS NULL
          AND fix.uncertainty_m <= usable_m
    ),
    minutes AS MATERIALIZED (
        SELECT
            weighed.minute,
            count(*)::integer AS fixes,
            (sum(weighed.latitude * weighed.weight) / sum(weighed.weight))::bigint AS latitude,
            -- At the antimeridian eastern and western longitudes have no mean.
            (CASE WHEN max(weighed.longitude) - min(weighed.longitude) <= half_turn
                  THEN sum(weighed.longitude * weighed.weight)
                  ELSE sum((weighed.longitude + CASE WHEN weighed.longitude < 0 THEN full_turn ELSE 0 END) * weighed.weight)
             END / sum(weighed.weight))::bigint AS longitude
        FROM weighed
        GROUP BY weighed.minute
    ),
    turns AS (
        SELECT
            minutes.*,
            round((lag(minutes.longitude, 1, minutes.longitude) OVER (ORDER BY minutes.minute) - minutes.longitude)
                / full_turn::double precision)::bigint AS turns
        FROM minutes
    ),
    -- Longitudes that go on over the antimeridian.
    unrolled AS (
        SELECT
            turns.minute, turns.fixes, turns.latitude,
            turns.longitude + full_turn * (sum(turns.turns) OVER (ORDER BY turns.minute))::bigint AS longitude
        FROM turns
    ),
    neighbours AS (
        SELECT
            unrolled.minute, unrolled.fixes, unrolled.latitude,
            unrolled.longitude,
            lead(unrolled.minute) OVER by_time - lag(unrolled.minute) OVER by_time <= smoothed_within AS is_smoothed,
            lag(unrolled.latitude) OVER by_time AS last_latitude,
            lead(unrolled.latitude) OVER by_time AS next_latitude,
            lag(unrolled.longitude) OVER by_time AS last_longitude,
            lead(unrolled.longitude) OVER by_time AS next_longitude
        FROM unrolled
        WINDOW by_time AS (ORDER BY unrolled.minute)
    ),
    smoothed AS (
        SELECT
            neighbours.minute, neighbours.fixes,
            CASE WHEN neighbours.is_smoothed THEN
                greatest(least(neighbours.last_latitude, neighbours.latitude),
                         least(greatest(neighbours.last_latitude, neighbours.latitude), neighbours.next_latitude))
                ELSE neighbours.latitude END AS latitude,
            CASE WHEN neighbours.is_smoothed THEN
                greatest(least(neighbours.last_longitude, neighbours.longitude),
                         least(greatest(neighbours.last_longitude, neighbours.longitude), neighbours.next_longitude))
                ELSE neighbours.longitude END AS longitude
        FROM neighbours
    ),
    boxed AS (
        SELECT
            smoothed.*,
            metres * greatest(
                max(smoothed.latitude) OVER around - min(smoothed.latitude) OVER around,
                (max(smoothed.longitude) OVER around - min(smoothed.longitude) OVER around)
                    * cos(radians(smoothed.latitude / 1e7))) AS extent_m
        FROM smoothed
        WINDOW around AS (ORDER BY smoothed.minute RANGE BETWEEN '3 minutes' PRECEDING AND '3 minutes' FOLLOWING)
    ),
    stretches AS (
        SELECT
            boxed.minute, boxed.fixes, boxed.latitude, boxed.longitude,
            lead(boxed.minute) OVER by_time - boxed.minute AS lasts,
            lead(boxed.latitude) OVER by_time AS to_latitude,
            lead(boxed.longitude) OVER by_time AS to_longitude,
            least(boxed.extent_m, lead(boxed.extent_m) OVER by_time) AS extent_m
        FROM boxed
        WINDOW by_time AS (ORDER BY boxed.minute)
    ),
    measured AS (
        SELECT
            stretches.*,
            extract(epoch FROM stretches.lasts)::double precision AS seconds,
            iot_personal_hub.step_m(
                stretches.latitude, stretches.longitude, stretches.to_latitude, stretches.to_longitude) AS step_m
        FROM stretches
        WHERE stretches.lasts IS NOT NULL
        OFFSET 0
    ),
    judged AS (
        SELECT
            measured.*,
            CASE
                WHEN measured.lasts > longest_silence THEN 'unknown'
                WHEN measured.lasts <= silence THEN
                    CASE WHEN measured.extent_m <= still_m AND measured.step_m <= still_m THEN 'still' ELSE 'moving' END
                WHEN measured.step_m <= still_silent_m THEN 'still'
                WHEN measured.lasts >= resting AND measured.step_m <= still_near_m
                     AND measured.step_m < drifting * measured.seconds THEN 'still'
                WHEN measured.lasts > long_silence AND measured.step_m < walking * measured.seconds THEN 'unknown'
                ELSE 'moving'
            END AS state
        FROM measured
    ),
    turning AS (
        SELECT judged.*, judged.state IS DISTINCT FROM lag(judged.state) OVER (ORDER BY judged.minute) AS is_first
        FROM judged
    ),
    numbered AS MATERIALIZED (
        SELECT turning.*, count(*) FILTER (WHERE turning.is_first) OVER (ORDER BY turning.minute) AS run
        FROM turning
    ),
    ends_of_runs AS (
        SELECT
            numbered.run,
            min(numbered.state) AS state,
            min(numbered.minute) AS starts,
            max(numbered.minute + numbered.lasts) AS ends,
            metres * greatest(
                max(greatest(numbered.latitude, numbered.to_latitude)) - min(least(numbered.latitude, numbered.to_latitude)),
                (max(greatest(numbered.longitude, numbered.to_longitude))
                    - min(least(numbered.longitude, numbered.to_longitude)))
                    * cos(radians(min(numbered.latitude) / 1e7))) AS extent_m,
            (array_agg(numbered.latitude ORDER BY numbered.minute))[1] AS latitude,
            (array_agg(numbered.longitude ORDER BY numbered.minute))[1] AS longitude,
            (array_agg(numbered.to_latitude ORDER BY numbered.minute DESC))[1] AS to_latitude,
            (array_agg(numbered.to_longitude ORDER BY numbered.minute DESC))[1] AS to_longitude
        FROM numbered
        GROUP BY numbered.run
    ),
    runs AS (
        SELECT
            ends_of_runs.run, ends_of_runs.state, ends_of_runs.starts, ends_of_runs.ends,
            ends_of_runs.state = 'moving'
                AND (ends_of_runs.extent_m > excursion_m OR ends_of_runs.ends - ends_of_runs.starts > excursion) AS leads_away,
            lag(ends_of_runs.state) OVER by_time = 'still'
                AND lead(ends_of_runs.state) OVER by_time = 'still'
                AND iot_personal_hub.step_m(
                    lag(ends_of_runs.to_latitude) OVER by_time, lag(ends_of_runs.to_longitude) OVER by_time,
                    lead(ends_of_runs.latitude) OVER by_time, lead(ends_of_runs.longitude) OVER by_time) <= still_silent_m
                AS returns
        FROM ends_of_runs
        WINDOW by_time AS (ORDER BY ends_of_runs.starts)
    ),
    calmed AS (
        SELECT
            runs.*,
            CASE
                WHEN runs.state = 'unknown' THEN 'gap'
                WHEN runs.state = 'still' OR NOT runs.leads_away AND coalesce(runs.returns, false) THEN 'calm'
                ELSE 'trip'
            END AS calm
        FROM runs
    ),
    calm_turns AS (
        SELECT calmed.*, calmed.calm IS DISTINCT FROM lag(calmed.calm) OVER (ORDER BY calmed.starts) AS is_first
        FROM calmed
    ),
    calm_numbered AS (
        SELECT calm_turns.*, count(*) FILTER (WHERE calm_turns.is_first) OVER (ORDER BY calm_turns.starts) AS stretch
        FROM calm_turns
    ),
    calm_stretches AS (
        SELECT
            calm_numbered.stretch,
            min(calm_numbered.starts) AS starts,
            CASE
                WHEN min(calm_numbered.calm) <> 'calm' THEN min(calm_numbered.calm)
                WHEN max(calm_numbered.ends) - min(calm_numbered.starts) >= shortest_stay THEN 'stay'
                ELSE 'trip'
            END AS kind
        FROM calm_numbered
        GROUP BY calm_numbered.stretch
    ),
    kind_turns AS (
        SELECT
            calm_stretches.*,
            calm_stretches.kind IS DISTINCT FROM lag(calm_stretches.kind) OVER (ORDER BY calm_stretches.starts) AS is_first
        FROM calm_stretches
    ),
    kind_numbered AS (
        SELECT kind_turns.*, count(*) FILTER (WHERE kind_turns.is_first) OVER (ORDER BY kind_turns.starts) AS journey
        FROM kind_turns
    ),
    -- By number, not by time: a join of ranges would compare everything with everything.
    runs_of_journeys AS MATERIALIZED (
        SELECT calm_numbered.run, kind_numbered.journey, kind_numbered.kind, calm_numbered.leads_away
        FROM calm_numbered
        JOIN kind_numbered ON kind_numbered.stretch = calm_numbered.stretch
    ),
    placed AS (
        SELECT
            numbered.*,
            owned.journey, owned.kind, owned.leads_away,
            CASE WHEN owned.kind = 'stay' THEN date_bin('7 days', numbered.minute, a_monday) END AS week
        FROM numbered
        JOIN runs_of_journeys AS owned ON owned.run = numbered.run
    ),
    pieces AS (
        SELECT
            placed.journey, placed.kind, placed.week,
            min(placed.minute) AS starts,
            max(placed.minute + placed.lasts) AS ends,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY placed.latitude) AS latitude,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY placed.longitude) AS longitude,
            -- In the order of time: a sum of floating-point numbers depends on it.
            sum(placed.step_m ORDER BY placed.minute) AS distance_m,
            metres * greatest(
                max(placed.latitude) - min(placed.latitude),
                (max(placed.longitude) - min(placed.longitude)) * cos(radians(min(placed.latitude) / 1e7))) AS extent_m,
            sum(placed.fixes)::integer AS fixes,
            count(*) AS stretches,
            percentile_cont(ARRAY[0.85, 0.95]) WITHIN GROUP (ORDER BY placed.step_m / placed.seconds) AS speeds,
            max(placed.step_m / placed.seconds) AS top_speed,
            max(placed.step_m) FILTER (WHERE placed.lasts > excursion) AS silent_m,
            max(placed.step_m / placed.seconds) FILTER (WHERE placed.lasts > excursion) AS silent_speed,
            bool_or(placed.leads_away) AS leads_away
        FROM placed
        GROUP BY placed.journey, placed.kind, placed.week
    ),
    whole AS (
        SELECT
            pieces.*,
            min(pieces.starts) OVER of_journey AS journey_starts,
            max(pieces.ends) OVER of_journey AS journey_ends
        FROM pieces
        WINDOW of_journey AS (PARTITION BY pieces.journey)
    )
    SELECT
        whole.starts,
        whole.ends,
        whole.kind,
        CASE
            WHEN whole.kind <> 'trip' THEN NULL
            WHEN whole.silent_m > 150000 AND whole.silent_speed > 45 OR whole.speeds[1] > 80 THEN 'flight'
            WHEN whole.stretches <= 2 AND whole.silent_m IS NOT NULL THEN NULL
            WHEN whole.speeds[2] < 2.6 THEN 'on_foot'
            WHEN whole.speeds[2] < 8 AND whole.speeds[1] < 6.5 AND whole.top_speed < 12 THEN 'bicycle'
            ELSE 'vehicle'
        END,
        CASE WHEN whole.kind = 'stay' THEN whole.latitude / 1e7::double precision END,
        CASE WHEN whole.kind = 'stay' THEN
            (mod(mod(whole.longitude + half_turn, full_turn) + full_turn, full_turn) - half_turn) / 1e7::double precision END,
        CASE WHEN whole.kind = 'trip' THEN round(whole.distance_m::numeric, 1)::double precision END,
        round(whole.extent_m::numeric, 1)::double precision,
        whole.fixes,
        whole.starts > whole.journey_starts,
        CASE whole.kind
            WHEN 'trip' THEN whole.leads_away
            WHEN 'stay' THEN whole.starts - whole.journey_starts >= anchored
                             AND whole.journey_ends - whole.starts >= anchored
            ELSE false
        END
    FROM whole;
END
$$;
