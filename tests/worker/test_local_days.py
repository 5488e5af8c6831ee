"""A day's figures are those of its readings, in every time zone: hours are cut where the owner's day begins."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from events import Connection, add_device, refresh, rows, store
from paths import ROOT

from iot_hub.dashboard import data
from iot_hub.dashboard.time_range import between
from iot_hub.database import audiences
from iot_hub.settings import Settings

CASE = ROOT / "tests" / "fixtures" / "field" / "31-half-hour-zone"
MIGRATION = ROOT / "iot_hub" / "database" / "sql" / "migrations" / "0022_cut_hours_at_midnight.sql"
COUNTED = "SELECT date_hour, count_events FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter ORDER BY 1"
STALE = "SELECT DISTINCT date_hour FROM iot_personal_hub.stale_hours ORDER BY date_hour"

ZONES = [
    ("Asia/Kolkata", date(2026, 11, 25)),
    ("Asia/Kathmandu", date(2026, 3, 29)),
    ("Australia/Adelaide", date(2026, 4, 4)),
    ("Australia/Adelaide", date(2026, 10, 3)),
    ("Australia/Lord_Howe", date(2026, 4, 4)),
    ("Australia/Lord_Howe", date(2026, 10, 3)),
    ("America/St_Johns", date(2008, 11, 1)),
    ("America/St_Johns", date(2026, 3, 7)),
    ("America/Goose_Bay", date(2008, 11, 1)),
    ("America/Havana", date(2026, 10, 31)),
    ("America/Sao_Paulo", date(2017, 10, 14)),
    ("Pacific/Apia", date(2011, 12, 29)),
    ("Asia/Pyongyang", date(2015, 8, 14)),
    ("Europe/Warsaw", date(2026, 3, 28)),
    ("Europe/Warsaw", date(2026, 10, 24)),
]
"""Zones, and the days before their clocks were changed."""


@pytest.fixture(autouse=True)
def no_rows_of_another_test() -> Iterator[None]:
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def move_to(owner: Connection, zone: str) -> None:
    owner.execute("UPDATE iot_personal_hub.hub_settings SET value = %s WHERE name = 'time_zone'", [zone])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def three_days(zone: str, first: date) -> list[tuple[datetime, int]]:
    """A number every eleven minutes, and in the first and last second of each UTC half hour."""
    start = datetime.combine(first, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    edges = [start + timedelta(minutes=30 * n, seconds=s) for n in range(24 * 6) for s in (-1, 0)]
    times = {start + timedelta(minutes=11 * n) for n in range(int(72 * 60 / 11))} | set(edges)
    return [(at, n * 37 % 100) for n, at in enumerate(sorted(times))]


def reading(value: int) -> dict[str, Any]:
    return {
        "climate": {"temperature_C": value},
        "location": {"latitude": 1, "longitude": 2 + value, "altitude_m": value},
    }


@pytest.mark.parametrize(("zone", "first"), ZONES)
def test_a_days_figures_are_those_of_its_readings(
    settings: Settings, owner: Connection, zone: str, first: date
) -> None:
    add_device(owner)
    move_to(owner, zone)
    sent = three_days(zone, first)
    store(owner, *((at.timestamp(), reading(value)) for at, value in sent))
    refresh(owner)

    by_day: dict[date, list[int]] = defaultdict(list)
    for at, value in sent:
        by_day[at.astimezone(ZoneInfo(zone)).date()].append(value)
    where = audiences.owner(settings)
    days = {"device": 1, "since": sent[0][0] - timedelta(days=1), "until": sent[-1][0] + timedelta(days=1),
            "step": "day", "zone": zone}  # fmt: skip

    def of_days(statement: str, column: str, **values: object) -> dict[date, Any]:
        found = data.fetch(where, statement, **days, **values)
        assert len({row["started"] for row in found}) == len(found)
        return {row["started"].astimezone(ZoneInfo(zone)).date(): row[column] for row in found}

    assert of_days("dashboard_events", "events") == {day: len(values) for day, values in by_day.items()}
    averages = {day: float(Fraction(sum(values), len(values))) for day, values in by_day.items()}
    for metric in ("climate.temperature_C", "location.altitude"):
        assert of_days("dashboard_metric", "avg", metric=metric) == pytest.approx(averages, rel=1e-12)
        assert of_days("dashboard_metric", "max", metric=metric) == {day: max(values) for day, values in by_day.items()}


def test_the_case_from_india_has_one_event_on_each_day(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    move_to(owner, "Asia/Kolkata")
    for line in next(CASE.glob("*.ndjson")).read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        store(owner, (event["device_timestamp"], event["properties"]))
    refresh(owner)
    expected = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))["per_day"]
    zone = ZoneInfo("Asia/Kolkata")
    where = audiences.owner(settings)
    for day, events in expected.items():
        shown = between(date.fromisoformat(day), date.fromisoformat(day), zone)
        range_ = {"device": 1, "since": shown.since, "until": shown.until}
        [row] = data.fetch(where, "dashboard_events", **range_, step="day", zone=zone.key)
        assert (row["started"].astimezone(zone).date().isoformat(), row["events"]) == (day, events)
        [hour] = data.fetch(where, "dashboard_events", **range_, step="hour", zone="UTC")
        assert hour["events"] == events
        # The map beside it.
        assert len(data.fetch(where, "dashboard_track", **range_, gap="30 min", most=10)) == events


def counted(owner: Connection) -> list[tuple[str, int]]:
    return [(f"{row['date_hour'].astimezone(UTC):%d %H:%M}", row["count_events"]) for row in rows(owner, COUNTED)]


def test_another_time_zone_cuts_the_past_anew(owner: Connection) -> None:
    add_device(owner)
    start = utc(2026, 11, 25, 17)
    store(owner, *(((start + timedelta(minutes=15 * n)).timestamp(), reading(n)) for n in range(12)))
    refresh(owner)
    assert counted(owner) == [("25 17:00", 4), ("25 18:00", 4), ("25 19:00", 4)]

    move_to(owner, "Asia/Kolkata")
    assert [row["date_hour"] for row in rows(owner, STALE)] == [utc(2026, 11, 25, 18)]
    refresh(owner)
    assert counted(owner) == [("25 17:00", 4), ("25 18:00", 2), ("25 18:30", 2), ("25 19:00", 4)]
    metrics = "SELECT date_hour, count FROM iot_personal_hub.agg_hourly_devices_metrics WHERE metric = 'climate.temperature_C'"
    assert len(rows(owner, metrics)) == 4

    move_to(owner, "Asia/Kathmandu")
    refresh(owner)
    assert counted(owner) == [("25 17:00", 4), ("25 18:00", 1), ("25 18:15", 3), ("25 19:00", 4)]

    move_to(owner, "Europe/Berlin")
    refresh(owner)
    assert counted(owner) == [("25 17:00", 4), ("25 18:00", 4), ("25 19:00", 4)]
    assert len(rows(owner, metrics)) == 3
    move_to(owner, "Europe/Warsaw")
    assert rows(owner, STALE) == []


def test_an_hour_of_a_dropped_day_keeps_its_rows_when_the_zone_changes(owner: Connection) -> None:
    add_device(owner)
    store(
        owner, (utc(2026, 11, 25, 18, 10).timestamp(), reading(1)), (utc(2026, 11, 25, 18, 50).timestamp(), reading(2))
    )
    refresh(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.dropped_days VALUES (1, '2026-11-25', 2, decode(repeat('00', 16), 'hex'))"
    )
    move_to(owner, "Asia/Kolkata")
    assert rows(owner, STALE) == []
    assert counted(owner) == [("25 18:00", 2)]


@pytest.mark.parametrize(
    ("zone", "stale"), [("Europe/Warsaw", []), ("Asia/Kolkata", [18]), ("Asia/Kathmandu", [18]), ("Asia/Colombo", [18])]
)
def test_an_upgrade_refreshes_the_hours_that_the_owners_midnight_divides(
    owner: Connection, zone: str, stale: list[int]
) -> None:
    add_device(owner)
    start = utc(2026, 11, 25, 16)
    store(owner, *(((start + timedelta(minutes=30 * n)).timestamp(), reading(n)) for n in range(8)))
    refresh(owner)
    move_to(owner, zone)
    owner.execute("DELETE FROM iot_personal_hub.stale_hours")
    owner.execute(MIGRATION.read_bytes())
    assert [row["date_hour"].astimezone(UTC).hour for row in rows(owner, STALE)] == stale


def test_any_order_of_arrival_gives_the_same_parts(owner: Connection) -> None:
    add_device(owner)
    add_device(owner, 2, "other")
    move_to(owner, "Asia/Kolkata")
    sent = [(at.timestamp(), reading(value)) for at, value in three_days("Asia/Kolkata", date(2026, 11, 25))[:90]]
    for one in reversed(sent[::3]):
        store(owner, one)
    refresh(owner)
    store(owner, *sent)
    refresh(owner)
    store(owner, *sent, device_id=2)
    refresh(owner)
    per_device = Counter(
        (row["date_hour"], row["metric"], row["count"], row["sum"], row["first"], row["last"])
        for row in rows(owner, "SELECT * FROM iot_personal_hub.agg_hourly_devices_metrics")
    )
    assert per_device
    assert set(per_device.values()) == {2}
