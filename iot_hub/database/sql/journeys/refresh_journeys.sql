-- Derives the journeys of a device that a change of its fixes between two instants can affect, as if all were derived.
--
-- What is derived on either side of an anchor does not depend on the other side: a trip that leads away is a trip,
-- whatever is before and after it, and a stay of hours goes on over the week's end in its midst. So journeys are
-- replaced from the last anchor before the change to the first one after it. Their fixes are read from one anchor
-- further away: the anchors themselves have neighbours too.
--
-- Where there is no anchor, from the first fix, or to the last one that journeys or the change have reached: what comes
-- after it is stale itself.
CREATE OR REPLACE FUNCTION iot_personal_hub.refresh_journeys(p_device_id integer, p_since timestamptz, p_until timestamptz)
RETURNS void
LANGUAGE plpgsql
SET jit = off
SET enable_seqscan = off
AS $$
DECLARE
    usable_m CONSTANT double precision := 150;
    -- A fix changes what is derived of minutes so far away: smoothing reaches 12 minutes, extents 3 (derive_journeys()).
    reach    CONSTANT interval := '16 minutes';
    -- So far from an anchor nothing is derived otherwise for want of what is beyond.
    context  CONSTANT interval := '2 hours';
    -- What is not a trip has changed so far from the change at most.
    calmed   CONSTANT interval := '1 hour';
    affected_since timestamptz;
    affected_until timestamptz;
    first_anchor   record;
    outer_anchor   record;
    replaced_since timestamptz := '-infinity';
    replaced_until timestamptz := 'infinity';
    read_since     timestamptz;
    read_until     timestamptz;
BEGIN
    -- One refresh of a device at a time.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.refresh'), p_device_id);

    -- Silences on either side are affected too.
    SELECT date_trunc('minute', max(fix.location_time), 'UTC')
    INTO affected_since
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id
      AND fix.location_time < p_since - reach
      AND fix.outlier IS NULL
      AND fix.uncertainty_m <= usable_m;
    SELECT date_trunc('minute', min(fix.location_time), 'UTC')
    INTO affected_until
    FROM iot_personal_hub.locations AS fix
    WHERE fix.device_id = p_device_id
      AND fix.location_time > p_until + reach
      AND fix.outlier IS NULL
      AND fix.uncertainty_m <= usable_m;

    SELECT least(min(journey.starts), p_since) - context, greatest(max(journey.ends), p_until) + context
    INTO read_since, read_until
    FROM iot_personal_hub.journeys AS journey
    WHERE journey.device_id = p_device_id;

    SELECT journey.kind, journey.starts, journey.ends
    INTO first_anchor
    FROM iot_personal_hub.journeys AS journey
    WHERE journey.device_id = p_device_id
      AND journey.is_anchor
      AND journey.starts < affected_since
      AND CASE journey.kind WHEN 'trip' THEN journey.ends <= affected_since ELSE journey.starts <= affected_since - calmed END
    ORDER BY journey.starts DESC
    LIMIT 1;
    IF FOUND THEN
        replaced_since := first_anchor.starts;
        SELECT journey.starts
        INTO outer_anchor
        FROM iot_personal_hub.journeys AS journey
        WHERE journey.device_id = p_device_id AND journey.is_anchor AND journey.starts < first_anchor.starts
        ORDER BY journey.starts DESC
        LIMIT 1;
        IF FOUND THEN
            read_since := outer_anchor.starts - context;
        END IF;
    END IF;

    SELECT journey.kind, journey.starts, journey.ends
    INTO first_anchor
    FROM iot_personal_hub.journeys AS journey
    WHERE journey.device_id = p_device_id
      AND journey.is_anchor
      AND journey.starts >= affected_until + CASE journey.kind WHEN 'trip' THEN interval '0' ELSE calmed END
    ORDER BY journey.starts
    LIMIT 1;
    IF FOUND THEN
        replaced_until := CASE first_anchor.kind WHEN 'trip' THEN first_anchor.ends ELSE first_anchor.starts END;
        SELECT journey.kind, journey.starts, journey.ends
        INTO outer_anchor
        FROM iot_personal_hub.journeys AS journey
        WHERE journey.device_id = p_device_id AND journey.is_anchor AND journey.starts > first_anchor.starts
        ORDER BY journey.starts
        LIMIT 1;
        IF FOUND THEN
            read_until := context + CASE outer_anchor.kind WHEN 'trip' THEN outer_anchor.ends ELSE outer_anchor.starts END;
        END IF;
    END IF;

    DELETE FROM iot_personal_hub.journeys AS journey
    WHERE journey.device_id = p_device_id
      AND journey.starts >= replaced_since
      AND journey.starts < replaced_until;

    WITH derived AS MATERIALIZED (
        SELECT derived.*, way.path
        FROM iot_personal_hub.derive_journeys(p_device_id, read_since, read_until) AS derived
        LEFT JOIN LATERAL (
            SELECT iot_personal_hub.path_of_trip(p_device_id, derived.starts, derived.ends) AS path
            OFFSET 0
        ) AS way ON derived.kind = 'trip'
        WHERE derived.starts >= replaced_since
          AND derived.starts < replaced_until
    ),
    added AS (
        INSERT INTO iot_personal_hub.journeys (
            device_id, starts, ends, kind, mode, latitude, longitude, distance_m, extent_m, fixes, is_continued, is_anchor,
            legs, path_10, path_50, path_500)
        SELECT
            p_device_id, derived.starts, derived.ends, derived.kind, derived.mode, derived.latitude, derived.longitude,
            derived.distance_m, derived.extent_m, derived.fixes, derived.is_continued, derived.is_anchor,
            CASE WHEN cardinality(derived.leg_starts) > 1 THEN cardinality(derived.leg_starts) ELSE 0 END,
            iot_personal_hub.simplify_path(derived.path, 10),
            iot_personal_hub.simplify_path(derived.path, 50),
            iot_personal_hub.simplify_path(derived.path, 500)
        FROM derived
    )
    INSERT INTO iot_personal_hub.journey_legs (
        device_id, starts, trip_starts, ends, mode, distance_m, path_10, path_50, path_500)
    SELECT
        p_device_id, leg.starts, leg.trip_starts, leg.ends, leg.mode, leg.distance_m,
        iot_personal_hub.simplify_path(leg.path, 10),
        iot_personal_hub.simplify_path(leg.path, 50),
        iot_personal_hub.simplify_path(leg.path, 500)
    FROM (
        SELECT
            each.starts, derived.starts AS trip_starts, each.mode, each.distance_m,
            coalesce(derived.leg_starts[each.n + 1], derived.ends) AS ends,
            iot_personal_hub.cut_path(
                derived.path,
                CASE WHEN each.n > 1 THEN each.starts END,
                derived.leg_starts[each.n + 1]) AS path
        FROM derived
        CROSS JOIN LATERAL unnest(derived.leg_starts, derived.leg_modes, derived.leg_distances_m)
            WITH ORDINALITY AS each (starts, mode, distance_m, n)
        WHERE cardinality(derived.leg_starts) > 1
        OFFSET 0
    ) AS leg;
END
$$;
