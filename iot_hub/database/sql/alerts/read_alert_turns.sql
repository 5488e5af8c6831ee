-- Judges what devices reported since an instant each by their rules, and writes down at which readings a condition began
-- to be met, or ceased to be: what was written of that time before is replaced. So the turns are those of the data in
-- order, whatever came first. Of several readings of an instant the one with the greatest digest counts.
--
-- A reading that decides nothing is passed over: a value within the margin, an implausible one, a fix that may be on either
-- side of a place's edge, or that is older than its report by ten minutes. What is dated ahead of p_now has not happened.
CREATE OR REPLACE FUNCTION iot_personal_hub.read_alert_turns(
    p_device_ids integer[], p_since timestamptz[], p_now timestamptz)
RETURNS void
LANGUAGE plpgsql
-- Plans are made while tables are nearly empty, and kept; every statement here looks up by key.
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
    DELETE FROM iot_personal_hub.alert_turns AS turn
    USING unnest(p_device_ids, p_since) AS device (id, since), iot_personal_hub.alert_rules AS rule
    WHERE rule.removed_at IS NULL
      AND (rule.device_id IS NULL OR rule.device_id = device.id)
      AND turn.rule_id = rule.id
      AND turn.device_id = device.id
      AND turn.at >= device.since;

    -- The bounds are written into the statement, so that PostgreSQL plans for the partitions of a month or two.
    EXECUTE format(
        $statement$
        WITH rules AS MATERIALIZED (
            SELECT
                device.id AS device_id, device.since, rule.id AS rule_id, rule.kind, rule.above, rule.below, rule.margin,
                rule.equals, property.path, property.aliases, property.kind AS property_kind, property.least, property.most,
                place.latitude, place.longitude, place.radius_m,
                coalesce(property.path[1], 'location') AS property_group
            FROM unnest($1, $2) AS device (id, since)
            JOIN iot_personal_hub.alert_rules AS rule
                ON rule.removed_at IS NULL
               AND rule.kind <> 'silent'
               AND (rule.device_id IS NULL OR rule.device_id = device.id)
            LEFT JOIN iot_personal_hub.dim_properties AS property ON property.name = rule.property
            LEFT JOIN iot_personal_hub.places AS place ON place.id = rule.place_id
            WHERE property.name IS NOT NULL OR place.id IS NOT NULL
        ),
        groups AS MATERIALIZED (
            SELECT DISTINCT rules.device_id, rules.since, rules.property_group FROM rules
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
                  AND event.device_time >= groups.since
                  AND event.device_time >= %1$L
                  AND event.device_time <= %2$L
                  AND event.duplicate_of IS NULL
                  AND event.properties ? groups.property_group
            ) AS raw
        ),
        members AS (
            SELECT
                rules.rule_id, rules.device_id, rules.kind, rules.above, rules.below, rules.margin, rules.equals,
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
            OFFSET 0
        ),
        valued AS (
            SELECT
                members.*,
                CASE WHEN members.kind = 'value' THEN iot_personal_hub.number_of(members.member) END AS value,
                CASE WHEN members.kind = 'state'
                     THEN iot_personal_hub.state_of(members.member, members.property_kind) END AS state,
                CASE WHEN members.latitude IS NOT NULL THEN iot_personal_hub.great_circle_m(
                    iot_personal_hub.number_of(members.members -> 'latitude')::double precision,
                    iot_personal_hub.number_of(members.members -> 'longitude')::double precision,
                    members.latitude, members.longitude) END AS metres,
                CASE WHEN members.latitude IS NOT NULL THEN greatest(coalesce(iot_personal_hub.number_of(
                    members.members -> 'fix_accuracy_m')::double precision, 0), 0) END AS accuracy_m,
                CASE WHEN members.latitude IS NOT NULL THEN iot_personal_hub.instant(iot_personal_hub.number_of(
                    members.members -> 'fix_timestamp')) END AS fix_time
            FROM members
            WHERE members.member IS NOT NULL OR members.latitude IS NOT NULL
            OFFSET 0
        ),
        judged AS (
            SELECT DISTINCT ON (valued.rule_id, valued.device_id, valued.at)
                valued.rule_id, valued.device_id, valued.at, verdict.met
            FROM valued
            CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN valued.kind = 'value' AND (valued.value < valued.least OR valued.value > valued.most) THEN NULL
                    WHEN valued.kind = 'value' AND (valued.value > valued.above OR valued.value < valued.below) THEN true
                    WHEN valued.kind = 'value'
                     AND coalesce(valued.value <= valued.above - valued.margin, true)
                     AND coalesce(valued.value >= valued.below + valued.margin, true)
                     AND valued.value IS NOT NULL THEN false
                    WHEN valued.kind = 'state' THEN valued.state = valued.equals
                    WHEN valued.latitude IS NULL OR valued.fix_time < valued.at - interval '10 minutes' THEN NULL
                    -- Inside: the fix is, and most of where it may be.
                    WHEN valued.metres <= valued.radius_m AND valued.accuracy_m <= greatest(valued.radius_m, 100)
                    THEN valued.kind = 'enters'
                    -- Outside: by 50 m more than the fix may be wrong.
                    WHEN valued.metres - valued.accuracy_m > valued.radius_m + 50 THEN valued.kind = 'leaves'
                END
            ) AS verdict (met)
            WHERE verdict.met IS NOT NULL
            ORDER BY valued.rule_id, valued.device_id, valued.at, valued.digest DESC
        ),
        sequenced AS (
            SELECT
                judged.*,
                lag(judged.met) OVER (PARTITION BY judged.rule_id, judged.device_id ORDER BY judged.at) AS met_before
            FROM judged
        )
        INSERT INTO iot_personal_hub.alert_turns (rule_id, device_id, at, met)
        SELECT sequenced.rule_id, sequenced.device_id, sequenced.at, sequenced.met
        FROM sequenced
        WHERE sequenced.met IS DISTINCT FROM coalesce(
            sequenced.met_before,
            (SELECT turn.met
             FROM iot_personal_hub.alert_turns AS turn
             WHERE turn.rule_id = sequenced.rule_id
               AND turn.device_id = sequenced.device_id
               AND turn.at < sequenced.at
             ORDER BY turn.at DESC
             LIMIT 1))
        $statement$,
        (SELECT min(device.since) FROM unnest(p_since) AS device (since)), p_now)
    USING p_device_ids, p_since;
END
$$;
