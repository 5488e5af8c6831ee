-- name: give_roll_ups_to
SELECT iot_personal_hub.give_roll_ups_to(%(maker)s);

-- name: roll_ups_by
-- One row: whom the roll-ups were given to, who makes them now, when the chosen scheduler last did, and
-- how many seconds ago that was.
SELECT turn.given_to, turn.maker, turn.ran_at,
       date_part('epoch', now() - turn.ran_at) AS silent_seconds
FROM iot_personal_hub.roll_ups_by() AS turn;
