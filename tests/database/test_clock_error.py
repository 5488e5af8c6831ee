"""A device's clock that is wrong is recognised by its requests, and what has not happened is not the newest."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from doctor_world import finding, hub_settings
from events import Connection, add_device, refresh, rows, store

from iot_hub.access import devices
from iot_hub.dashboard.pages.devices import _clock
from iot_hub.dashboard.translations import Translator
from iot_hub.database.queries import query
from iot_hub.event import Event
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.storage import to_sql_params
from iot_hub.settings import Settings
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.timestamps import SECOND

__all__ = ["hub_settings"]
HOUR = 3_600
MINUTE = 60
LANGUAGES = ("en", "pl")


@pytest.fixture
def now() -> float:
    """A whole second: times are compared to the microsecond, which floats of this size may miss."""
    return float(int(time.time()))


def receive(owner: Connection, requests: Iterable[tuple[float, float]], **properties: object) -> None:
    """Store an event of each (time of receipt, the device's time)."""
    for received, measured in requests:
        store(owner, (measured, {"n": measured, **properties}))
        owner.execute(
            "UPDATE iot_personal_hub.raw_devices_properties SET created_at_cest = to_timestamp(%s)"
            " WHERE device_time = to_timestamp(%s)",
            (received, measured),
        )


def clock_error(owner: Connection) -> float | None:
    [row] = rows(owner, "SELECT iot_personal_hub.clock_error(1) AS wrong")
    return None if row["wrong"] is None else round(row["wrong"].total_seconds())


def every(minutes: float, since: float, until: float) -> list[float]:
    return [since + step * minutes * MINUTE for step in range(int((until - since) / (minutes * MINUTE)))]


def test_a_clock_that_is_ahead_is_recognised_by_three_requests(owner: Connection, now: float) -> None:
    add_device(owner)
    receive(owner, [(now - 10, now - 10 + 20 * HOUR), (now - 5, now - 5 + 20 * HOUR)])
    assert clock_error(owner) is None
    receive(owner, [(now, now + 20 * HOUR)])
    assert clock_error(owner) == 20 * HOUR


def test_one_odd_reading_is_no_wrong_clock(owner: Connection, now: float) -> None:
    add_device(owner)
    receive(owner, [(now - 300, now + 20 * HOUR), *((at, at) for at in every(1, now - 240, now))])
    assert clock_error(owner) is None


def test_a_clock_that_was_set_right_is_right(owner: Connection, now: float) -> None:
    add_device(owner)
    receive(owner, [(at, at + 20 * HOUR) for at in every(10, now - 5 * HOUR, now - 2 * HOUR)])
    receive(owner, [(at, at) for at in every(10, now - 2 * HOUR, now)])
    assert clock_error(owner) is None


def test_a_queue_that_is_sent_late_hides_no_clock_that_is_ahead(owner: Connection, now: float) -> None:
    add_device(owner)
    receive(owner, [(at, at + 12 * HOUR) for at in every(10, now - HOUR, now - 10 * MINUTE)])
    receive(owner, [(now - step, now + 11 * HOUR - 100 * step) for step in range(5)])
    assert clock_error(owner) == 12 * HOUR


def test_a_queue_that_is_sent_late_is_no_clock_that_is_behind(owner: Connection, now: float) -> None:
    add_device(owner)
    receive(owner, [(now - step, now - 3 * HOUR - step * MINUTE) for step in range(60)])
    assert clock_error(owner) is None
    receive(owner, [(at, at - (at % 1_000)) for at in every(20, now - 9 * HOUR, now - 4 * HOUR)])
    assert clock_error(owner) is None


def test_a_clock_that_is_behind_is_recognised_over_hours(owner: Connection, now: float) -> None:
    add_device(owner)
    receive(owner, [(at, at - 3 * HOUR) for at in every(15, now - 4.5 * HOUR, now)])
    assert clock_error(owner) == -3 * HOUR


def test_what_something_else_dates_says_nothing_of_a_clock(owner: Connection, now: float) -> None:
    add_device(owner)
    receive(owner, [(at, at + HOUR) for at in every(1, now - 600, now)], time_source="received")
    assert clock_error(owner) is None


def test_a_device_without_events_has_no_clock(owner: Connection) -> None:
    add_device(owner)
    assert clock_error(owner) is None


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(20, "The clock of 'phone' is 20 hours ahead."), (-3, "The clock of 'phone' is 3 hours behind.")],
)
def test_the_doctor_names_devices_whose_clock_is_wrong(
    hub_settings: Settings, owner: Connection, now: float, ahead: int, said: str
) -> None:
    add_device(owner)
    assert finding(hub_settings, "device clocks")[0] == "ok"
    receive(owner, [(at, at + ahead * HOUR) for at in every(15, now - 4.5 * HOUR, now)])
    state, message = finding(hub_settings, "device clocks")
    assert state == "warning"
    assert message.startswith(said)


def test_the_page_of_devices_has_the_error_of_each_clock(owner: Connection, now: float) -> None:
    add_device(owner)
    add_device(owner, 2, "right")
    receive(owner, [(now - step, now - step + 20 * HOUR) for step in range(3)])
    wrong, right = devices.list_devices_and_tokens(owner)
    assert (wrong["clock_error"], right["clock_error"]) == (timedelta(hours=20), None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_clock_is_said_in_every_language(language: str) -> None:
    from zoneinfo import ZoneInfo

    texts = Translator(language, ZoneInfo("Europe/Warsaw"))
    said = {_clock(error, texts) for error in (timedelta(hours=20), timedelta(hours=-20), timedelta(minutes=7))}
    assert len(said) == 3
    assert {"20" in each for each in said} == {True, False}


def test_the_newest_is_the_newest_that_has_happened(owner: Connection) -> None:
    add_device(owner)
    start = time.time() - 5
    for seconds, latitude in (
        (9 * 365.25 * 24 * HOUR, 52.4701), (20 * HOUR, 52.4702), (0, 52.4703), (1, 52.4704), (2, 52.4705),
    ):  # fmt: skip
        message = {
            "_type": "location", "tst": round(start + seconds), "lat": latitude, "lon": 20.97, "acc": 5,
            "batt": round((latitude - 52.47) * 10_000),
        }  # fmt: skip
        [event] = SOURCES["owntracks"](json.dumps(message).encode(), ParseContext(round(start * SECOND)))
        assert isinstance(event, Event)
        stored = StoredEvent(1, event.device_time, event.properties, event.source)
        owner.execute(query("store_events"), to_sql_params([stored]))
    refresh(owner)
    asked: dict[str, Any] = {"device_id": 1, "devices": None, "device": 1, "since": "-infinity", "until": "infinity"}
    for audience in ("iot_hub_owner", "iot_hub_public"):
        owner.execute(f"SET search_path TO {audience}, public")
        [seen] = owner.execute(query("last_seen"), asked).fetchall()
        asked["at"] = seen["last_seen"]
        said: dict[str, Any] = {
            name: owner.execute(query(name), {**asked, "gap": "30 min", "most": 100}).fetchall()  # type: ignore[call-overload]
            for name in ("newest_location", "newest_event", "listed_devices", "dashboard_devices", "dashboard_track",
                         "dashboard_newest_positions")
        }  # fmt: skip
        assert said["newest_location"][0]["latitude"] == 52.4705
        assert "52.4705" in said["newest_event"][0]["properties"]
        assert said["listed_devices"][0]["battery_percent"] == 5
        assert said["dashboard_devices"][0]["last_seen"].timestamp() == round(start + 2)
        assert said["dashboard_track"][-1]["latitude"] == 52.4705
        assert said["dashboard_newest_positions"][0]["location_time"].timestamp() == round(start + 2)


def test_what_was_of_the_future_is_the_newest_once_its_time_has_come(owner: Connection) -> None:
    add_device(owner)
    store(owner, (time.time() - 1, {"n": 1}), (time.time() + 0.3, {"n": 2}))
    seen = "SELECT last_seen FROM iot_hub_owner.last_seen"
    [before] = rows(owner, seen)
    owner.execute("SELECT pg_sleep(0.5)")
    [after] = rows(owner, seen)
    assert after["last_seen"] - before["last_seen"] > timedelta(seconds=1)
