"""Roll-ups: what a stale hour turns into."""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow


def test_a_stored_event_makes_its_hour_stale_and_a_refresh_settles_it(owner: psycopg.Connection[DictRow]) -> None:
    owner.execute("INSERT INTO iot_personal_hub.dim_devices (id, name, type) VALUES (1, 'phone', 'smartphone')")
    owner.execute(
        "SELECT * FROM iot_personal_hub.store_events('{1}', '{1755861753000000}', '{automate}',"
        """ E'\\x1e{"battery": {"temperature_C": 28.7}}')"""
    )
    assert owner.execute("SELECT count(*) AS n FROM iot_personal_hub.stale_hours").fetchone() == {"n": 1}
    owner.execute("SELECT iot_personal_hub.refresh_stale_hours()")
    row = owner.execute(
        "SELECT temperature_avg, level_avg FROM iot_personal_hub.agg_hourly_devices_smartphone_battery_details"
    ).fetchone()
    assert row == {"temperature_avg": 28.7, "level_avg": None}
    assert owner.execute("SELECT count(*) AS n FROM iot_personal_hub.stale_hours").fetchone() == {"n": 0}
