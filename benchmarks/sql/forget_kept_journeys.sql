DROP TABLE IF EXISTS kept_journeys, late_fixes
