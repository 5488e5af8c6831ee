DROP TABLE IF EXISTS kept_drives, late_readings
