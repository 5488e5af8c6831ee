"""A hub of ten years has 120 partitions: statements that ask the catalogue for them meet other plans then."""

from __future__ import annotations

import time
from datetime import date

import pytest
from events import Connection, add_device, refresh, rows, store

from iot_hub.database.queries import query

MONTHS = (
    "SELECT iot_personal_hub.ensure_partitions(array_agg(months.month))"
    " FROM generate_series(timestamptz '2016-01-01', '2025-12-01', '1 month') AS months (month)"
)
AT = 1_755_861_753
DAY = 86_400


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


def test_the_newest_event_is_found_in_whatever_month_it_is(owner: Connection) -> None:
    years(owner)
    add_device(owner, 2, "silent")
    add_device(owner, 3, "new")
    # Rolled up years ago; in the hour after it, not rolled up yet; and tomorrow, by a clock that is ahead.
    store(owner, (AT - 9 * 365 * DAY, {"battery": {"remaining_percent": 7}}), device_id=2)
    refresh(owner)
    assert last_seen(owner) == [(1, AT, 50), (2, AT - 9 * 365 * DAY, 7)]
    store(owner, (AT - 9 * 365 * DAY + 3600, {"steps": 1}), (time.time() + DAY, {"steps": 2}), device_id=2)
    assert last_seen(owner) == [(1, AT, 50), (2, AT - 9 * 365 * DAY + 3600, None)]
    now = int(time.time())
    store(owner, (now, {"battery": {"remaining_percent": 99}}), device_id=1)
    assert last_seen(owner)[0] == (1, now, 99)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("last_seen", {"device_id": 1}),
        ("newest_event", {"device_id": 1, "at": "2025-08-22T11:22:33Z"}),
        ("events_page", {
            "device_id": 1, "since": "2025-08-01T00:00Z", "before": "2025-09-01T00:00Z", "last_id": 0, "limit": 9,
        }),
        ("first_arrival", {"device": 1, "source": None}),
        ("devices_and_tokens", {}),
    ],
)  # fmt: skip
def test_what_is_newest_is_planned_for_few_partitions(owner: Connection, name: str, values: dict[str, object]) -> None:
    years(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.device_tokens (device_id, token_hash, created_at)"
        " VALUES (1, sha256('t'), '2025-08-20')"
    )
    owner.execute("SET search_path = iot_hub_owner")
    owner.execute(query(name), values or None)
    owner.execute("BEGIN")
    owner.execute(query(name), values or None)
    locked = rows(
        owner,
        "SELECT FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
        " WHERE pid = pg_backend_pid() AND relispartition AND relkind = 'r'",
    )
    owner.execute("ROLLBACK")
    assert len(locked) <= 6


def last_seen(owner: Connection) -> list[tuple[int, int, float | None]]:
    found = owner.execute(
        "SELECT device_id, extract(epoch FROM last_seen)::bigint, battery_level FROM iot_hub_owner.last_seen"
        " ORDER BY device_id"
    )
    return [tuple(row.values()) for row in found.fetchall()]  # type: ignore[misc]


def test_the_numbers_of_a_week_are_found_without_reading_all_years(owner: Connection) -> None:
    add_device(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.shown_hourly_metrics"
        " SELECT 1, hours.hour, 'number.' || number, 1, 0, 0, 0, 0, 0, 0, '1'"
        " FROM generate_series(timestamptz '2022-01-01', '2025-12-31', '1 hour') AS hours (hour)"
        " CROSS JOIN generate_series(1, 5) AS number ORDER BY hours.hour"
    )
    owner.execute("ANALYZE iot_personal_hub.published_hourly_metrics")
    owner.execute("SET search_path = iot_hub_public")
    week = {"device": 1, "since": "2025-08-01T00:00Z", "until": "2025-08-08T00:00Z"}
    owner.execute(query("dashboard_metrics"), week)
    [row] = owner.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query('dashboard_metrics')}".encode(), week)
    [plan] = row["QUERY PLAN"]
    # A week has 840 of these rows, four years 175,000.
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 200
