-- Writes publishable_properties() from dim_properties. It runs for every event that is published: comparisons with
-- constants take microseconds, where looking each key up in the table would take ten times as long.
--
-- In the order of jsonb nothing lies between two numbers but numbers: no text, boolean, object or array. So one BETWEEN
-- checks type and range. Values are removed and never copied: to build an object costs more than all the rest.
CREATE OR REPLACE FUNCTION iot_personal_hub.compile_publishable_properties()
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    known_groups text[];
    steps text;
BEGIN
    -- Two that replace a function at once fail.
    PERFORM pg_advisory_xact_lock(hashtext('iot_personal_hub.compile_publishable_properties'));

    WITH rules AS (
        SELECT
            property.path[1] AS property_group,
            names.key,
            property.disclosure,
            format('property_group -> %L ', names.key) || CASE property.kind
                WHEN 'number' THEN format(
                    'BETWEEN %L AND %L',
                    to_jsonb(coalesce(property.least, -1e30)), to_jsonb(coalesce(property.most, 1e30)))
                WHEN 'boolean' THEN $rule$IN ('false', 'true')$rule$
                ELSE format('= ANY (%L::jsonb[])', ARRAY(SELECT to_jsonb(word) FROM unnest(property.words) AS word))
            END AS rule
        FROM iot_personal_hub.dim_properties AS property
        -- By another name it is the same value.
        CROSS JOIN LATERAL unnest(property.path[2] || property.aliases) AS names (key)
        WHERE property.published
    ),
    groups AS (
        SELECT
            rules.property_group,
            array_agg(rules.key ORDER BY rules.key) AS keys,
            array_agg(rules.key ORDER BY rules.key) FILTER (WHERE rules.disclosure = 'charge') AS charge,
            array_agg(rules.key ORDER BY rules.key) FILTER (WHERE rules.disclosure = 'counter') AS counters,
            string_agg(format('CASE WHEN (%s) IS FALSE THEN %L END', rules.rule, rules.key), ', ' ORDER BY rules.key)
                AS rejected
        FROM rules
        GROUP BY rules.property_group
    )
    SELECT
        array_agg(groups.property_group ORDER BY groups.property_group),
        string_agg(format($step$
    property_group := published -> %1$L;
    IF property_group IS NOT NULL THEN
        shown := CASE WHEN jsonb_typeof(property_group) = 'object'
                      THEN property_group - ARRAY[%2$s]::text[] ELSE '{}' END;
        IF shown - %3$L::text[] <> '{}' THEN
            shown := shown - ARRAY(SELECT jsonb_object_keys(shown - %3$L::text[]));
        END IF;
        IF 'charge' = ANY (withheld) THEN
            shown := shown - %4$L::text[];
        END IF;
        IF 'counter' = ANY (withheld) THEN
            shown := shown - %5$L::text[];
        END IF;
        IF shown = '{}' %6$s THEN
            published := published - %1$L;
        ELSIF shown <> property_group THEN
            published := jsonb_set(published, %7$L, shown);
        END IF;
    END IF;$step$,
            groups.property_group, groups.rejected, groups.keys, coalesce(groups.charge, '{}'),
            coalesce(groups.counters, '{}'),
            -- Altitude, speed and accuracy mean nothing without their position.
            CASE groups.property_group
                WHEN 'location' THEN $rule$OR NOT shown ?& '{latitude,longitude}'$rule$ ELSE '' END,
            ARRAY[groups.property_group]), '' ORDER BY groups.property_group)
    INTO known_groups, steps
    FROM groups;

    -- The body as a literal: whatever names and words hold, they end no quotation.
    EXECUTE format($function$
CREATE OR REPLACE FUNCTION iot_personal_hub.publishable_properties(
    properties jsonb, withheld text[] DEFAULT '{}')
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS %L
$function$,
        format($body$
DECLARE
    published jsonb := properties;
    property_group jsonb;
    shown jsonb;
BEGIN
    IF jsonb_typeof(properties) <> 'object' THEN
        RETURN '{}';
    END IF;
    IF properties - %1$L::text[] <> '{}' THEN
        published := properties - ARRAY(SELECT jsonb_object_keys(properties - %1$L::text[]));
    END IF;%2$s
    RETURN published;
END
$body$,
            coalesce(known_groups, '{}'), coalesce(steps, '')));

    COMMENT ON FUNCTION iot_personal_hub.publishable_properties(jsonb, text[]) IS
        'What of an event''s properties others may see: the keys that dim_properties publishes, where they hold what it says, less those whose disclosure is withheld. Written by compile_publishable_properties().';
END
$$;

CREATE OR REPLACE FUNCTION iot_personal_hub.compile_changed_properties()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM iot_personal_hub.compile_publishable_properties();
    -- What is published already follows the catalogue of now.
    PERFORM iot_personal_hub.queue_hours(device.id, '{(,)}')
    FROM iot_personal_hub.dim_devices AS device
    WHERE device.published;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER dim_properties_compile
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON iot_personal_hub.dim_properties
FOR EACH STATEMENT EXECUTE FUNCTION iot_personal_hub.compile_changed_properties();

SELECT iot_personal_hub.compile_publishable_properties();
