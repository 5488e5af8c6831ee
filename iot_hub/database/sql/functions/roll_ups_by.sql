-- Which scheduler refreshes the roll-ups at an instant: a lease of two hours, two runs of an hourly schedule. One row:
-- the configured scheduler, the one that holds the lease (the worker takes over from a silent one), and the configured
-- one's last heartbeat (NULL: never, or it is the worker).
CREATE OR REPLACE FUNCTION iot_personal_hub.roll_ups_by(
    at timestamptz DEFAULT now(),
    OUT given_to text, OUT maker text, OUT ran_at timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT
        setting.value,
        -- A heartbeat that a wrong clock put far ahead is none.
        CASE WHEN scheduler.ran_at BETWEEN at - interval '2 hours' AND at + interval '2 hours'
             THEN setting.value ELSE 'worker' END,
        scheduler.ran_at
    FROM iot_personal_hub.hub_settings AS setting
    LEFT JOIN iot_personal_hub.roll_up_makers AS scheduler ON scheduler.maker = setting.value
    WHERE setting.name = 'roll_ups_by'
$$;
