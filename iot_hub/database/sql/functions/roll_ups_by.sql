-- Who makes the roll-ups at an instant: whom they were given to, unless that one has been silent
-- for two hours (two runs of an hourly schedule); then the worker. One row: the owner's choice, who
-- makes them, and when the chosen scheduler last did (NULL: never, or the worker is the choice).
CREATE OR REPLACE FUNCTION iot_personal_hub.roll_ups_by(
    at timestamptz DEFAULT now(),
    OUT given_to text, OUT maker text, OUT ran_at timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT
        setting.value,
        -- A run that a wrong clock put far ahead is no sign of life.
        CASE WHEN known.ran_at BETWEEN at - interval '2 hours' AND at + interval '2 hours'
             THEN setting.value ELSE 'worker' END,
        known.ran_at
    FROM iot_personal_hub.hub_settings AS setting
    LEFT JOIN iot_personal_hub.roll_up_makers AS known ON known.maker = setting.value
    WHERE setting.name = 'roll_ups_by'
$$;
