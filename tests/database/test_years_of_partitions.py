"""A hub of ten years has 120 partitions: statements that ask the catalogue for them meet other plans then."""

from __future__ import annotations

from datetime import date

from events import Connection, add_device, rows, store

from iot_hub.database.queries import query

MONTHS = (
    "SELECT iot_personal_hub.ensure_partitions(array_agg(months.month))"
    " FROM generate_series(timestamptz '2016-01-01', '2025-12-01', '1 month') AS months (month)"
)
AT = 1_755_861_753


def years(owner: Connection) -> None:
    """Ten years of partitions, and statistics that say so."""
    add_device(owner)
    owner.execute(MONTHS)
    store(owner, (AT, {"battery": {"remaining_percent": 50}}))
    owner.execute("ANALYZE pg_catalog.pg_class, pg_catalog.pg_inherits")


def test_a_range_of_hours_is_refreshed(owner: Connection) -> None:
    years(owner)
    owner.execute("SELECT iot_personal_hub.refresh_hours('2025-08-22', '2025-08-23')")
    assert len(rows(owner, "SELECT FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter")) == 1


def test_the_months_that_are_over_are_found(owner: Connection) -> None:
    years(owner)
    assert len(owner.execute(query("past_partitions"), {"today": date(2025, 9, 1)}).fetchall()) == 116
