-- The stays, trips and gaps of a device, derived from its fixes between two instants, from what its owner has put right,
-- and nothing else: the same for any order in which they came. Near the two instants it is as if there were no fixes
-- beyond them.
--
--  1. Fixes that are right to 150 m make one position a minute, the accurate ones weighing more. Positions are integers
--     (1e-7 degrees): sums of them don't depend on an order. A lone jump gives way to the median of three minutes.
--  2. The time from one such minute to the next is still, moving or unknown. Silences: who is where they were, or near
--     enough for the time, has been there all along, as phones at rest say nothing. A long silence across a distance,
--     slower than on foot, is unknown, and so is one of more than a day and a half.
--  3. Moving for at most 20 minutes, within 250 m and back to where it began, is a part of the stay around it.
--  4. Still for 5 minutes is a stay; what is between stays is a trip.
--  5. A correction changes what a stretch of time is. It reaches over the rest of a journey of which more than half is in
--     it: late fixes move ends by minutes. The newest correction counts.
--  6. A trip is cut into legs (legs_of_trip()) unless a correction says how it was made. Its mode is the longest one's.
-- It returned other columns before there were legs, which CREATE OR REPLACE does not change.
DROP FUNCTION IF EXISTS iot_personal_hub.derive_journeys(integer, timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION iot_personal_hub.derive_journeys(
    p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS TABLE (
    starts timestamptz, ends timestamptz, kind text, mode text, latitude double precision, longitude double precision,
    distance_m double precision, extent_m double precision, fixes integer, is_continued boolean, is_anchor boolean,
    leg_starts timestamptz[], leg_modes text[], leg_distances_m double precision[])
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
            greatest(round(40000 / (fix.uncertainty_m ^ 2 + 25)), 1)::bigint AS weight,
            fix.hinted_mode AS hint
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
             END / sum(weighed.weight))::bigint AS longitude,
            CASE WHEN min(weighed.hint) = max(weighed.hint) THEN min(weighed.hint) END AS hint
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
            turns.minute, turns.fixes, turns.hint, turns.latitude,
            turns.longitude + full_turn * (sum(turns.turns) OVER (ORDER BY turns.minute))::bigint AS longitude
        FROM turns
    ),
    neighbours AS (
        SELECT
            unrolled.minute, unrolled.fixes, unrolled.hint, unrolled.latitude, unrolled.longitude,
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
            neighbours.minute, neighbours.fixes, neighbours.hint,
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
            coalesce(boxed.hint, lead(boxed.hint) OVER by_time) AS hint,
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
            max(calm_numbered.ends) AS ends,
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
    journeys AS (
        SELECT
            kind_numbered.journey,
            min(kind_numbered.kind) AS kind,
            min(kind_numbered.starts) AS starts,
            max(kind_numbered.ends) AS ends
        FROM kind_numbered
        GROUP BY kind_numbered.journey
    ),
    -- A stay of months is corrected week by week, as it is derived.
    correctable AS (
        SELECT
            greatest(journeys.starts, week.starts) AS starts,
            least(journeys.ends, week.starts + interval '7 days') AS ends
        FROM journeys
        CROSS JOIN LATERAL generate_series(
            date_bin('7 days', journeys.starts, a_monday), journeys.ends - interval '1 minute', '7 days') AS week (starts)
        WHERE journeys.kind = 'stay'
        UNION ALL
        SELECT journeys.starts, journeys.ends
        FROM journeys
        WHERE journeys.kind <> 'stay'
    ),
    corrections AS MATERIALIZED (
        SELECT
            correction.id, correction.kind, correction.becomes, correction.mode, correction.latitude, correction.longitude,
            least(correction.since, min(reached.starts)) AS since,
            greatest(correction.until, max(reached.ends)) AS until
        FROM iot_personal_hub.corrections AS correction
        LEFT JOIN correctable AS reached
            ON correction.kind <> 'split'
           AND 2 * (least(reached.ends, correction.until) - greatest(reached.starts, correction.since))
               > reached.ends - reached.starts
        WHERE correction.device_id = p_device_id
          AND correction.kind <> 'wrong_fixes'
          AND correction.undone_at IS NULL
          AND correction.since < p_until
          AND correction.until >= p_since
        GROUP BY correction.device_id, correction.id
    ),
    cuts AS (
        SELECT correction.since AS at FROM corrections AS correction
        UNION
        SELECT correction.until FROM corrections AS correction
    ),
    segments AS (
        SELECT
            row_number() OVER by_time AS segment,
            cuts.at AS starts,
            lead(cuts.at, 1, 'infinity') OVER by_time AS ends
        FROM cuts
        WINDOW by_time AS (ORDER BY cuts.at)
    ),
    -- The newest correction of each kind over a segment.
    ruled AS (
        SELECT
            segments.*,
            shape.id AS shape_id, shape.kind AS shape, shape.becomes,
            move.id AS move_id, move.latitude, move.longitude,
            mode.id AS mode_id, mode.mode,
            EXISTS (
                SELECT
                FROM corrections AS split
                WHERE split.kind = 'split'
                  AND split.since = segments.starts
                  AND NOT EXISTS (
                      SELECT
                      FROM corrections AS later
                      WHERE later.kind IN ('hide', 'merge')
                        AND later.id > split.id
                        AND later.since < split.since
                        AND later.until > split.since)) AS is_split
        FROM segments
        LEFT JOIN LATERAL (
            SELECT newest.*
            FROM corrections AS newest
            WHERE newest.kind IN ('hide', 'merge') AND newest.since <= segments.starts AND newest.until >= segments.ends
            ORDER BY newest.id DESC
            LIMIT 1
        ) AS shape ON true
        LEFT JOIN LATERAL (
            SELECT newest.*
            FROM corrections AS newest
            WHERE newest.kind = 'move' AND newest.since <= segments.starts AND newest.until >= segments.ends
            ORDER BY newest.id DESC
            LIMIT 1
        ) AS move ON true
        LEFT JOIN LATERAL (
            SELECT newest.*
            FROM corrections AS newest
            WHERE newest.kind = 'mode' AND newest.since <= segments.starts AND newest.until >= segments.ends
            ORDER BY newest.id DESC
            LIMIT 1
        ) AS mode ON true
    ),
    turned AS (
        SELECT
            ruled.*,
            ruled.shape_id IS DISTINCT FROM lag(ruled.shape_id) OVER by_time AS turns_shape,
            ruled.move_id IS DISTINCT FROM lag(ruled.move_id) OVER by_time AS turns_move,
            ruled.mode_id IS DISTINCT FROM lag(ruled.mode_id) OVER by_time AS turns_mode
        FROM ruled
        WINDOW by_time AS (ORDER BY ruled.segment)
    ),
    -- Numbers that differ where a journey is cut: by a shape any, by a move a stay, by a mode a trip.
    corrected AS MATERIALIZED (
        SELECT
            turned.*,
            count(*) FILTER (WHERE turned.turns_shape OR turned.is_split) OVER by_time AS shape_number,
            count(*) FILTER (WHERE turned.turns_move) OVER by_time AS move_number,
            count(*) FILTER (WHERE turned.turns_mode) OVER by_time AS mode_number
        FROM turned
        WINDOW by_time AS (ORDER BY turned.segment)
    ),
    in_segments AS (
        SELECT
            numbered.*,
            generate_series(
                width_bucket(numbered.minute, all_cuts.at),
                width_bucket(numbered.minute + numbered.lasts - interval '1 minute', all_cuts.at)) AS segment
        FROM numbered
        CROSS JOIN (SELECT coalesce(array_agg(cuts.at ORDER BY cuts.at), '{}') AS at FROM cuts) AS all_cuts
    ),
    ruled_parts AS (
        SELECT
            part.*,
            greatest(part.minute, corrected.starts) AS part_starts,
            least(part.minute + part.lasts, corrected.ends, next.starts) AS part_ends,
            corrected.shape, corrected.becomes,
            coalesce(corrected.shape_number, 0) AS shape_number,
            coalesce(corrected.move_number, 0) AS move_number,
            coalesce(corrected.mode_number, 0) AS mode_number,
            corrected.latitude AS moved_latitude, corrected.longitude AS moved_longitude, corrected.mode
        FROM in_segments AS part
        LEFT JOIN corrected ON corrected.segment = part.segment
        -- Before the first cut there is no segment.
        LEFT JOIN corrected AS next ON next.segment = part.segment + 1 AND part.segment = 0
    ),
    placed AS (
        SELECT
            part.part_starts AS minute,
            part.part_ends AS ends,
            CASE WHEN part.part_starts = part.minute THEN part.fixes ELSE 0 END AS fixes,
            CASE WHEN part.part_starts = part.minute THEN part.latitude
                 ELSE part.latitude + round((part.to_latitude - part.latitude) * share.before)::bigint END AS latitude,
            CASE WHEN part.part_starts = part.minute THEN part.longitude
                 ELSE part.longitude + round((part.to_longitude - part.longitude) * share.before)::bigint END AS longitude,
            CASE WHEN share.own = 1 THEN part.step_m ELSE part.step_m * share.own END AS step_m,
            part.hint,
            owned.journey, owned.leads_away, shaped.kind,
            part.shape, part.shape_number, part.mode,
            CASE shaped.kind WHEN 'stay' THEN part.move_number WHEN 'trip' THEN part.mode_number END AS number,
            part.moved_latitude, part.moved_longitude,
            CASE WHEN shaped.kind = 'stay' THEN date_bin('7 days', part.part_starts, a_monday) END AS week
        FROM ruled_parts AS part
        JOIN runs_of_journeys AS owned ON owned.run = part.run
        CROSS JOIN LATERAL (
            SELECT CASE part.shape WHEN 'hide' THEN 'gap' WHEN 'merge' THEN part.becomes ELSE owned.kind END AS kind
        ) AS shaped
        CROSS JOIN LATERAL (
            SELECT
                extract(epoch FROM part.part_starts - part.minute)::double precision / part.seconds AS before,
                extract(epoch FROM part.part_ends - part.part_starts)::double precision / part.seconds AS own
        ) AS share
    ),
    pieces AS (
        SELECT
            -- What is merged, or hidden, is one, whatever it was.
            CASE WHEN placed.shape IS NULL THEN placed.journey END AS journey,
            placed.kind, placed.shape, placed.shape_number, placed.number, placed.week,
            min(placed.minute) AS starts,
            max(placed.ends) AS ends,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY placed.latitude) AS latitude,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY placed.longitude) AS longitude,
            -- In the order of time: a sum of floating-point numbers depends on it.
            sum(placed.step_m ORDER BY placed.minute) AS distance_m,
            metres * greatest(
                max(placed.latitude) - min(placed.latitude),
                (max(placed.longitude) - min(placed.longitude)) * cos(radians(min(placed.latitude) / 1e7))) AS extent_m,
            sum(placed.fixes)::integer AS fixes,
            array_agg(placed.minute ORDER BY placed.minute) FILTER (WHERE placed.kind = 'trip') AS minutes,
            array_agg(extract(epoch FROM placed.ends - placed.minute)::double precision ORDER BY placed.minute)
                FILTER (WHERE placed.kind = 'trip') AS seconds,
            array_agg(placed.step_m ORDER BY placed.minute) FILTER (WHERE placed.kind = 'trip') AS metres,
            array_agg(placed.hint ORDER BY placed.minute) FILTER (WHERE placed.kind = 'trip') AS hints,
            bool_or(placed.leads_away) AS leads_away,
            max(placed.mode) AS mode,
            max(placed.moved_latitude) AS moved_latitude,
            max(placed.moved_longitude) AS moved_longitude
        FROM placed
        GROUP BY 1, placed.kind, placed.shape, placed.shape_number, placed.number, placed.week
    ),
    whole AS (
        SELECT
            pieces.*,
            min(pieces.starts) OVER of_piece AS first_starts,
            journeys.starts AS journey_starts,
            journeys.ends AS journey_ends,
            pieces.starts IN (SELECT cuts.at FROM cuts) AS is_cut
        FROM pieces
        LEFT JOIN journeys ON journeys.journey = pieces.journey
        WINDOW of_piece AS (PARTITION BY pieces.journey, pieces.shape_number, pieces.number)
    )
    SELECT
        whole.starts,
        whole.ends,
        whole.kind,
        CASE WHEN whole.kind = 'trip' THEN coalesce(whole.mode, legs.modes[legs.longest]) END,
        CASE WHEN whole.kind = 'stay' THEN coalesce(whole.moved_latitude, whole.latitude / 1e7::double precision) END,
        CASE WHEN whole.kind = 'stay' THEN coalesce(
            whole.moved_longitude,
            (mod(mod(whole.longitude + half_turn, full_turn) + full_turn, full_turn) - half_turn) / 1e7::double precision) END,
        CASE WHEN whole.kind = 'trip' THEN round(whole.distance_m::numeric, 1)::double precision END,
        round(whole.extent_m::numeric, 1)::double precision,
        whole.fixes,
        whole.kind = 'stay' AND whole.starts > whole.first_starts,
        -- What a correction has shaped or cut depends on both sides.
        CASE
            WHEN whole.shape IS NOT NULL THEN false
            WHEN whole.kind = 'trip' THEN
                whole.leads_away AND whole.starts = whole.journey_starts AND whole.ends = whole.journey_ends
            WHEN whole.kind = 'stay' THEN
                NOT whole.is_cut
                AND whole.starts - whole.journey_starts >= anchored
                AND whole.journey_ends - whole.starts >= anchored
            ELSE false
        END,
        legs.starts,
        legs.modes,
        legs.distances_m
    FROM whole
    LEFT JOIN LATERAL (
        SELECT
            array_agg(leg.starts ORDER BY leg.starts) AS starts,
            array_agg(leg.mode ORDER BY leg.starts) AS modes,
            array_agg(leg.distance_m ORDER BY leg.starts) AS distances_m,
            (array_agg(leg.n ORDER BY leg.distance_m DESC, leg.starts))[1] AS longest
        FROM iot_personal_hub.legs_of_trip(whole.minutes, whole.seconds, whole.metres, whole.hints)
            WITH ORDINALITY AS leg (starts, mode, distance_m, n)
    ) AS legs ON whole.kind = 'trip' AND whole.mode IS NULL;
END
$$;
