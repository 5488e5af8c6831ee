-- Who makes the roll-ups: the worker, or what the owner schedules instead of it.

CREATE TABLE iot_personal_hub.roll_up_makers (
    maker  text NOT NULL,
    ran_at timestamptz NOT NULL,
    CONSTRAINT roll_up_makers_pkey PRIMARY KEY (maker),
    CONSTRAINT roll_up_makers_maker_is_known CHECK (maker IN ('airflow', 'pg_cron'))
);
COMMENT ON TABLE iot_personal_hub.roll_up_makers IS
    'One row per scheduler that roll-ups were ever given to.';
COMMENT ON COLUMN iot_personal_hub.roll_up_makers.ran_at IS
    'When it last made roll-ups, or was given them. Silent for two hours, it is stood in for by the worker.';

INSERT INTO iot_personal_hub.hub_settings (name, value) VALUES ('roll_ups_by', 'worker');
COMMENT ON TABLE iot_personal_hub.hub_settings IS
    'One row per setting that SQL needs: time_zone (the owner''s, IANA name), mask_secret (displaces private zones), roll_ups_by (worker, airflow or pg_cron).';
