-- Others see stays only if the owner says so. The setting goes into backups and the archive with the others; published
-- views read its copy.

ALTER TABLE iot_personal_hub.published_settings
    ADD COLUMN stays_shown boolean NOT NULL DEFAULT false;

INSERT INTO iot_personal_hub.hub_settings (name, value) VALUES ('stays_shown', 'no')
ON CONFLICT (name) DO NOTHING;
COMMENT ON TABLE iot_personal_hub.hub_settings IS
    'One row per setting that SQL needs: time_zone (the owner''s, IANA name), mask_secret (displaces private zones), roll_ups_by (worker, airflow or pg_cron), stays_shown (yes: others see published stays).';
