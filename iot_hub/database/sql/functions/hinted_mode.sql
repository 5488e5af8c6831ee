-- How someone moved, by what an app says of it: motion.activity, a word or several of them. NULL: at rest, not known, or
-- several modes at once.
CREATE OR REPLACE FUNCTION iot_personal_hub.hinted_mode(activity jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    WITH said AS (
        SELECT lower(each.word) AS word
        FROM jsonb_array_elements_text(
            CASE jsonb_typeof(activity)
                WHEN 'array' THEN activity
                WHEN 'string' THEN jsonb_build_array(activity)
                ELSE '[]'
            END) AS each (word)
    ),
    modes AS (
        SELECT DISTINCT known.mode
        FROM said
        JOIN (VALUES
            ('walk', 'on_foot'), ('walking', 'on_foot'), ('run', 'on_foot'), ('running', 'on_foot'),
            ('on_foot', 'on_foot'), ('foot', 'on_foot'), ('hiking', 'on_foot'),
            ('cycling', 'bicycle'), ('bicycle', 'bicycle'), ('on_bicycle', 'bicycle'),
            ('automotive', 'vehicle'), ('driving', 'vehicle'), ('in_vehicle', 'vehicle'), ('car', 'vehicle'),
            ('bus', 'vehicle'), ('tram', 'vehicle'), ('metro', 'vehicle'), ('transport', 'vehicle'),
            ('in_passenger_vehicle', 'vehicle'), ('in_road_vehicle', 'vehicle'), ('in_car', 'vehicle'),
            ('in_bus', 'vehicle'), ('in_taxi', 'vehicle'), ('in_tram', 'vehicle'), ('in_subway', 'vehicle'),
            ('motorcycling', 'vehicle'),
            ('train', 'train'), ('in_train', 'train'), ('in_rail_vehicle', 'train'),
            ('boat', 'boat'), ('boating', 'boat'), ('in_ferry', 'boat'), ('sailing', 'boat'),
            ('plane', 'flight'), ('airplane', 'flight'), ('flying', 'flight')
        ) AS known (word, mode) ON known.word = said.word
    )
    SELECT CASE count(*) WHEN 1 THEN min(modes.mode) END FROM modes
$$;
