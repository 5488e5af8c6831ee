-- Judges what devices reported since an instant each by their rules: at which readings a condition is met, and at which it is
-- not, but of several in a row only the first. Of several readings of an instant the one with the greatest digest counts.
--
-- A reading that decides nothing is passed over: a value within the margin, an implausible one, a fix that may be on either
-- side of a place's edge, or that is older than its report by ten minutes. What is dated ahead of p_now has not happened.
--
-- A change is that from the least, or the greatest, of the values in the time before a reading. A battery is low by its level
-- or, where a device reports none, by its own word. A car's faults are its stored codes; where it reports only how many there
-- are, that number.
CREATE OR REPLACE FUNCTION iot_personal_hub.verdicts_of_readings(
    p_device_ids integer[], p_since timestamptz[], p_now timestamptz)
RETURNS SETOF iot_personal_hub.alert_turns
LANGUAGE plpgsql
-- Plans are made while tables are nearly empty, and kept; every statement here looks up by key.
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    longest CONSTANT interval := (
        SELECT coalesce(max(rule.within), '0 s')
        FROM iot_personal_hub.alert_rules AS rule
        WHERE rule.removed_at IS NULL);
BEGIN
    -- The bounds are written into the statement, so that PostgreSQL plans for the partitions of a month or two.
    RETURN QUERY EXECUTE format(
        $statement$
        WITH rules AS MATERIALIZED (
            SELECT
                device.id AS device_id, device.since, rule.id AS rule_id, rule.kind, rule.above, rule.below, rule.margin,
                rule.equals, rule.rises_by, rule.falls_by, rule.within,
                property.path, property.aliases, property.kind AS property_kind, property.least, property.most,
                place.latitude, place.longitude, place.radius_m,
                CASE WHEN rule.kind = 'fault' THEN 'vehicle' ELSE coalesce(property.path[1], 'location') END AS property_group
            FROM unnest($1, $2) AS device (id, since)
            JOIN iot_personal_hub.alert_rules AS rule
                ON rule.removed_at IS NULL
               AND rule.kind IN ('value', 'change', 'state', 'battery', 'fault', 'enters', 'leaves')
               AND (rule.device_id IS NULL OR rule.device_id = device.id)
            CROSS JOIN LATERAL unnest(
                CASE WHEN rule.kind = 'battery' THEN '{battery.level,vehicle.battery_percent}'::text[]
                     ELSE ARRAY[rule.property] END) AS wanted (property)
            LEFT JOIN iot_personal_hub.dim_properties AS property ON property.name = wanted.property
            LEFT JOIN iot_personal_hub.places AS place ON place.id = rule.place_id
            WHERE property.name IS NOT NULL OR place.id IS NOT NULL OR rule.kind = 'fault'
        ),
        groups AS MATERIALIZED (
            SELECT
                rules.device_id, rules.property_group, min(rules.since - coalesce(rules.within, '0 s')) AS reads_from
            FROM rules
            GROUP BY rules.device_id, rules.property_group
        ),
        readings AS MATERIALIZED (
            SELECT
                groups.device_id, groups.property_group, raw.device_time AS at, raw.digest,
                raw.properties -> groups.property_group AS members
            FROM groups
            CROSS JOIN LATERAL (
                SELECT event.device_time, event.digest, event.properties
                FROM iot_personal_hub.raw_devices_properties AS event
                WHERE event.device_id = groups.device_id
                  AND event.device_time >= groups.reads_from
                  AND event.device_time >= %1$L
                  AND event.device_time <= %2$L
                  AND event.duplicate_of IS NULL
                  AND event.properties ? groups.property_group
            ) AS raw
        ),
        members AS (
            SELECT
                rules.rule_id, rules.device_id, rules.since, rules.kind, rules.above, rules.below, rules.margin, rules.equals,
                rules.rises_by, rules.falls_by, rules.within,
                rules.property_kind, rules.least, rules.most, rules.latitude, rules.longitude, rules.radius_m,
                readings.at, readings.digest, readings.members,
                CASE WHEN rules.path IS NOT NULL THEN coalesce(
                    readings.members #> rules.path[2:],
                    (SELECT readings.members -> alias.key
                     FROM unnest(rules.aliases) WITH ORDINALITY AS alias (key, number)
                     WHERE readings.members ? alias.key
                     ORDER BY alias.number
                     LIMIT 1))
                END AS member
            FROM rules
            JOIN readings ON readings.device_id = rules.device_id AND readings.property_group = rules.property_group
            WHERE readings.at >= rules.since - coalesce(rules.within, '0 s')
            OFFSET 0
        ),
        valued AS (
            SELECT
                members.*,
                CASE WHEN members.kind IN ('value', 'change', 'battery')
                     THEN iot_personal_hub.number_of(members.member) END AS value,
                CASE members.kind
                    WHEN 'state' THEN iot_personal_hub.state_of(members.member, members.property_kind)
                    WHEN 'battery' THEN iot_personal_hub.state_of(members.members -> 'low', 'boolean') END AS state,
                CASE WHEN members.latitude IS NOT NULL THEN iot_personal_hub.great_circle_m(
                    iot_personal_hub.number_of(members.members -> 'latitude')::double precision,
                    iot_personal_hub.number_of(members.members -> 'longitude')::double precision,
                    members.latitude, members.longitude) END AS metres,
                CASE WHEN members.latitude IS NOT NULL THEN greatest(coalesce(iot_personal_hub.number_of(
                    members.members -> 'fix_accuracy_m')::double precision, 0), 0) END AS accuracy_m,
                CASE WHEN members.latitude IS NOT NULL THEN iot_personal_hub.instant(iot_personal_hub.number_of(
                    members.members -> 'fix_timestamp')) END AS fix_time
            FROM members
            WHERE members.kind <> 'fault'
              AND (members.member IS NOT NULL OR members.latitude IS NOT NULL
                   OR members.kind = 'battery' AND members.members ? 'low')
            OFFSET 0
        ),
        judged AS (
            SELECT DISTINCT ON (valued.rule_id, valued.device_id, valued.at)
                valued.rule_id, valued.device_id, valued.at, verdict.met, NULL::text[] AS things
            FROM valued
            CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN valued.value < valued.least OR valued.value > valued.most THEN NULL
                    WHEN valued.value > valued.above OR valued.value < valued.below THEN true
                    WHEN valued.value IS NOT NULL
                    THEN CASE WHEN coalesce(valued.value <= valued.above - valued.margin, true)
                               AND coalesce(valued.value >= valued.below + valued.margin, true) THEN false END
                    WHEN valued.kind = 'state' THEN valued.state = valued.equals
                    WHEN valued.kind = 'battery' THEN valued.state = 'true'
                    WHEN valued.latitude IS NULL OR valued.fix_time < valued.at - interval '10 minutes' THEN NULL
                    -- Inside: the fix is, and most of where it may be.
                    WHEN valued.metres <= valued.radius_m AND valued.accuracy_m <= greatest(valued.radius_m, 100)
                    THEN valued.kind = 'enters'
                    -- Outside: by 50 m more than the fix may be wrong.
                    WHEN valued.metres - valued.accuracy_m > valued.radius_m + 50 THEN valued.kind = 'leaves'
                END
            ) AS verdict (met)
            WHERE valued.kind <> 'change' AND verdict.met IS NOT NULL
            ORDER BY valued.rule_id, valued.device_id, valued.at, valued.digest DESC, verdict.met DESC
        ),
        plausible AS (
            SELECT DISTINCT ON (valued.rule_id, valued.device_id, valued.at)
                valued.rule_id, valued.device_id, valued.at, valued.since, valued.value, valued.margin, valued.rises_by,
                valued.falls_by,
                extract(epoch FROM valued.at)::double precision / extract(epoch FROM valued.within)::double precision AS spans
            FROM valued
            WHERE valued.kind = 'change'
              AND valued.value IS NOT NULL
              AND coalesce(valued.value >= valued.least, true)
              AND coalesce(valued.value <= valued.most, true)
            ORDER BY valued.rule_id, valued.device_id, valued.at, valued.digest DESC
        ),
        changes AS (
            SELECT
                plausible.rule_id, plausible.device_id, plausible.at, plausible.since, plausible.margin, plausible.rises_by,
                plausible.falls_by,
                plausible.value - min(plausible.value) OVER lately AS rise,
                max(plausible.value) OVER lately - plausible.value AS fall
            FROM plausible
            -- Counted in spans of the rule, for the frame has to be the same for all.
            WINDOW lately AS (
                PARTITION BY plausible.rule_id, plausible.device_id
                ORDER BY plausible.spans
                RANGE BETWEEN 1::double precision PRECEDING AND CURRENT ROW)
        ),
        reported AS (
            SELECT DISTINCT ON (members.rule_id, members.device_id, members.at)
                members.rule_id, members.device_id, members.at,
                coalesce(codes.names, CASE WHEN number.of_faults >= 1 THEN ARRAY[number.of_faults::text] ELSE '{}' END) AS things
            FROM members
            CROSS JOIN LATERAL (
                SELECT trunc(iot_personal_hub.number_of(members.members -> 'fault_code_count')) AS of_faults
            ) AS number
            CROSS JOIN LATERAL (
                SELECT array_agg(DISTINCT code.name ORDER BY code.name) FILTER (WHERE code.name <> '') AS names
                FROM regexp_split_to_table(left(members.members ->> 'fault_codes', 2000), '[\s,;]+') AS code (name)
                WHERE jsonb_typeof(members.members -> 'fault_codes') = 'string'
            ) AS codes
            WHERE members.kind = 'fault'
              AND (number.of_faults >= 0 OR jsonb_typeof(members.members -> 'fault_codes') = 'string')
            ORDER BY members.rule_id, members.device_id, members.at, members.digest DESC
        ),
        verdicts AS (
            SELECT judged.rule_id, judged.device_id, judged.at, judged.met, judged.things FROM judged
            UNION ALL
            SELECT changes.rule_id, changes.device_id, changes.at, verdict.met, NULL
            FROM changes
            CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN changes.rise >= changes.rises_by OR changes.fall >= changes.falls_by THEN true
                    WHEN coalesce(changes.rise <= changes.rises_by - changes.margin, true)
                     AND coalesce(changes.fall <= changes.falls_by - changes.margin, true) THEN false
                END
            ) AS verdict (met)
            WHERE changes.at >= changes.since AND verdict.met IS NOT NULL
            UNION ALL
            SELECT reported.rule_id, reported.device_id, reported.at, cardinality(reported.things) > 0, reported.things
            FROM reported
        ),
        sequenced AS (
            SELECT
                verdicts.*,
                lag(verdicts.met) OVER in_order AS met_before,
                lag(verdicts.things) OVER in_order AS things_before
            FROM verdicts
            WINDOW in_order AS (PARTITION BY verdicts.rule_id, verdicts.device_id ORDER BY verdicts.at)
        )
        SELECT sequenced.rule_id, sequenced.device_id, sequenced.at, sequenced.met, sequenced.things, false
        FROM sequenced
        WHERE sequenced.met IS DISTINCT FROM sequenced.met_before OR sequenced.things IS DISTINCT FROM sequenced.things_before
        $statement$,
        (SELECT min(device.since) FROM unnest(p_since) AS device (since)) - longest, p_now)
    USING p_device_ids, p_since;
END
$$;
