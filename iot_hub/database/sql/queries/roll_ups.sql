-- name: give_roll_ups_to
SELECT iot_personal_hub.give_roll_ups_to(%(maker)s);

-- name: roll_ups_by
-- One row: the scheduler that is configured, the one that holds the lease, the heartbeat of the configured one, and how
-- many seconds ago that was.
SELECT lease.given_to, lease.maker, lease.ran_at,
       date_part('epoch', now() - lease.ran_at) AS silent_seconds
FROM iot_personal_hub.roll_ups_by() AS lease;
