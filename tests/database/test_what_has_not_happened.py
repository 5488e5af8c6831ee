"""Readings of a clock that is ahead: whoever looks, they are in no figure, no track and no newest value until their time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from events import Connection, add_device, refresh, rows, store
from share_world import link, reading

from iot_hub.dashboard.readings import Readings
from iot_hub.dashboard.time_range import between
from iot_hub.database import audiences
from iot_hub.database.queries import query
from iot_hub.settings import Settings

HOUR = 3_600
WARSAW = ZoneInfo("Europe/Warsaw")
VIEWS_OF_A_WEEK = (
    "view_devices_smartphone_battery_level", "view_devices_smartphone_events_counter",
    "view_devices_smartphone_location_altitude", "view_device_locations_gis_stricted",
)  # fmt: skip


def report(number: int) -> dict[str, Any]:
    return {
        "battery": {"remaining_percent": 10 * number},
        "location": {"latitude": 52 + number / 1_000, "longitude": 21, "altitude_m": number, "fix_accuracy_m": 5},
    }


@pytest.fixture
def started(owner: Connection) -> float:
    """A device with two readings that have happened, and two that have not."""
    start = time.time()
    add_device(owner)
    store(
        owner,
        (start + 20 * HOUR, report(9)), (start - 4 * HOUR, report(1)),
        (start - 3 * HOUR, report(2)), (start + 2 * HOUR, report(8)),
    )  # fmt: skip
    refresh(owner)
    return start


def asked(reader: Connection, started: float) -> dict[str, list[dict[str, Any]]]:
    """What the statements behind the dashboard and ``/v1`` return for a range that ends in two days."""
    since, until = (datetime.fromtimestamp(started + days * 24 * HOUR, UTC) for days in (-2, 2))
    given: dict[str, Any] = {
        "device_id": 1, "device": 1, "since": since, "until": until, "before": until, "limit": 100, "gap": "30 min",
        "most": 100,
    }  # fmt: skip
    [seen] = reader.execute(query("last_seen"), given).fetchall()
    given["at"] = seen["last_seen"]
    statements: tuple[tuple[str, str | None], ...] = (
        ("newest_event", None), ("newest_location", None), ("dashboard_devices", None), ("dashboard_track", None),
        ("dashboard_newest_positions", None), ("track", None), ("hourly_count", "events"),
        ("hourly_metric", "battery.level"), ("hourly_band", "location.altitude"),
    )  # fmt: skip
    return {
        name: reader.execute(query(name), {**given, "metric": metric}).fetchall()  # type: ignore[call-overload]
        for name, metric in statements
    }


def latitudes(found: list[dict[str, Any]]) -> list[float]:
    return [row["latitude"] for row in found]


@pytest.mark.parametrize("audience", ["iot_hub_owner", "iot_hub_public", "iot_hub_shared"])
def test_the_future_is_in_no_figure_no_track_and_no_newest_value(
    owner: Connection, viewer: Connection, guest: Connection, started: float, audience: str
) -> None:
    if audience == "iot_hub_shared":
        with reading(guest, link(owner, "phone", live=timedelta(days=2), measurements=True)):
            guest.execute("SET LOCAL search_path = iot_hub_shared")
            found = asked(guest, started)
    else:
        reader = owner if audience == "iot_hub_owner" else viewer
        reader.execute(f"SET search_path TO {audience}, public")
        found = asked(reader, started)
    assert latitudes(found["track"]) == latitudes(found["dashboard_track"]) == [52.001, 52.002]
    assert latitudes(found["newest_location"]) == [52.002]
    assert "52.002" in found["newest_event"][0]["properties"]
    assert found["dashboard_devices"][0]["battery_level"] == 20
    for seen in (found["dashboard_devices"][0]["last_seen"], found["dashboard_newest_positions"][0]["location_time"]):
        assert abs(seen.timestamp() - (started - 3 * HOUR)) < 1
    assert [row["count"] for row in found["hourly_count"]] == [1, 1]
    assert [row["avg"] for row in found["hourly_metric"]] == [10, 20]
    assert [row["avg"] for row in found["hourly_band"]] == [1, 2]


def test_the_future_is_in_no_picture_of_today(settings: Settings, owner: Connection, started: float) -> None:
    days = [datetime.fromtimestamp(started + hours * HOUR, WARSAW).date() for hours in (-4, 20)]
    readings = Readings(audiences.owner(settings), 1, between(days[0], days[1], WARSAW), WARSAW)
    since, until = readings.time_range.since, readings._until
    assert until - datetime.fromtimestamp(started, UTC) <= timedelta(hours=1, minutes=1)
    owner.execute("SET search_path TO iot_hub_owner, public")
    given = {"device": 1, "since": since, "until": until, "step": "day", "zone": WARSAW.key, "metric": "battery.level"}
    assert sum(row["events"] for row in owner.execute(query("dashboard_events"), given)) == 2
    assert max(row["max"] for row in owner.execute(query("dashboard_metric"), given)) == 20


@pytest.mark.parametrize("view", VIEWS_OF_A_WEEK)
def test_the_future_is_no_part_of_the_last_week(viewer: Connection, started: float, view: str) -> None:
    assert len(rows(viewer, f"SELECT FROM iot_personal_hub.{view}")) == 2, started


def test_the_future_is_among_raw_events_and_counts_once_it_has_happened(owner: Connection) -> None:
    add_device(owner)
    store(owner, (time.time() - HOUR, report(1)), (time.time() + 0.5, report(2)))
    refresh(owner)
    assert len(rows(owner, "SELECT FROM iot_hub_owner.events")) == 2
    owner.execute("SET search_path TO iot_hub_owner, public")
    given = {"device_id": 1, "since": "-infinity", "before": "infinity", "limit": 9}
    assert len(owner.execute(query("track"), given).fetchall()) == 1
    owner.execute("SELECT pg_sleep(0.6)")
    assert len(owner.execute(query("track"), given).fetchall()) == 2
