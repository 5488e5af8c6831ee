"""Suggested areas: nights and working days are found, ways and covered places are not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from command_line import run
from events import Connection, add_device, refresh, store

from iot_hub.operations.doctor.area_checks import areas
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.privacy.area_suggestions import Suggestion, basis, suggest_areas, warning_before_publishing
from iot_hub.settings import Settings

pytestmark = pytest.mark.usefixtures("hub_variables")

WARSAW = ZoneInfo("Europe/Warsaw")
HOME, WORK = (52.23, 21.01), (52.20, 20.95)
MONDAY = date(2025, 9, 1)
Fix = tuple[float, dict[str, Any]]


def fix(at: datetime, latitude: float, longitude: float, random: Random) -> Fix:
    """A fix that is off by some 30 m."""
    return at.timestamp(), {
        "location": {
            "latitude": latitude + random.gauss(0, 0.0002),
            "longitude": longitude + random.gauss(0, 0.0003),
            "fix_accuracy_m": 20,
        }
    }


def life(days: int, first: date = MONDAY, every: int = 900, *, home: bool = True, work: bool = True) -> Iterator[Fix]:
    """Be at home, commute from 8 to 9 and from 16 to 17, and be at work on weekdays."""
    random = Random(1)
    begins = datetime.combine(first, datetime.min.time(), WARSAW).timestamp()
    for step in range(days * 86_400 // every):
        at = datetime.fromtimestamp(begins + step * every, WARSAW)
        hour = at.hour + at.minute / 60
        away = at.weekday() < 5 and 8 <= hour < 17
        share = min(1.0, hour - 8, 17 - hour) if away else 0.0
        # Without the one or the other, each day and night is spent somewhere else.
        elsewhere = 0.01 * (at.date() - first).days if (share == 0 and not home) or (share == 1 and not work) else 0
        yield fix(at, *(HOME[axis] + (WORK[axis] - HOME[axis]) * share + elsewhere for axis in (0, 1)), random)


def live(owner: Connection, fixes: Iterator[Fix], device_id: int = 1, name: str = "Ana's phone") -> None:
    add_device(owner, device_id, name)
    store(owner, *fixes, device_id=device_id)
    refresh(owner)


def near(place: Suggestion, where: tuple[float, float]) -> bool:
    return abs(place.latitude - where[0]) < 0.0005 and abs(place.longitude - where[1]) < 0.0008


@pytest.mark.slow
def test_home_and_work_are_suggested_with_the_reason(owner: Connection, settings: Settings) -> None:
    live(owner, life(28))
    home, work = suggest_areas(owner, settings)
    assert (home.name, near(home, HOME), work.name, near(work, WORK)) == ("home", True, "work", True)
    assert [str(reason) for reason in home.reasons] == ["Ana's phone spent 28 of the last 28 nights here."]
    assert [str(reason) for reason in work.reasons] == ["Ana's phone spent 20 of the last 20 weekdays here."]


def test_the_command_that_is_printed_covers_the_place(owner: Connection) -> None:
    live(owner, life(7))
    for place in json.loads(run("area", "suggest", "--json")):
        assert place["command"] in run("area", "suggest")
        run(*place["command"].removeprefix("iot-hub ").split())
    assert "Nothing to suggest" in run("area", "suggest")


def test_what_suggestions_rest_on_changes_with_fixes_areas_and_devices(owner: Connection, settings: Settings) -> None:
    random = Random(1)
    last = datetime(2025, 9, 1, 12, 30, tzinfo=WARSAW)
    live(owner, [fix(last - timedelta(hours=n), *HOME, random) for n in range(5)])
    seen = [basis(owner, settings)]

    def changes() -> bool:
        seen.append(basis(owner, settings))
        return seen[-1] != seen[-2]

    assert not changes()
    store(owner, fix(last + timedelta(minutes=10), *HOME, random))
    refresh(owner)
    assert not changes(), "an hour that is not over"
    store(owner, fix(last - timedelta(minutes=100), *HOME, random))
    refresh(owner)
    assert changes(), "a fix that came late"
    store(owner, fix(last + timedelta(hours=1), *HOME, random))
    refresh(owner)
    assert changes(), "the next hour"
    run("area", "add", "home", "--circle=52.23,21.01,100")
    assert changes(), "an area"
    add_device(owner, 2, "Jan's phone")
    store(owner, fix(last, *WORK, random), device_id=2)
    refresh(owner)
    assert changes(), "a device"


def test_two_nights_are_no_habit_and_three_are(owner: Connection, settings: Settings) -> None:
    live(owner, life(2, work=False))
    assert suggest_areas(owner, settings) == []
    store(owner, *life(1, MONDAY + timedelta(days=2), work=False))
    refresh(owner)
    assert [place.name for place in suggest_areas(owner, settings)] == ["home"]


def test_a_commute_is_not_suggested(owner: Connection, settings: Settings) -> None:
    live(owner, life(28, every=300, home=False, work=False))
    assert suggest_areas(owner, settings) == []


def test_who_drives_all_night_is_nowhere(owner: Connection, settings: Settings) -> None:
    random = Random(2)
    start = datetime(2025, 9, 1, tzinfo=WARSAW)
    drive = (fix(start + timedelta(minutes=5 * n), 50 + 0.01 * (n % 288), 20, random) for n in range(288 * 7))
    live(owner, drive)
    assert suggest_areas(owner, settings) == []


def test_a_phone_that_sleeps_is_where_it_fell_asleep_and_woke(owner: Connection, settings: Settings) -> None:
    random = Random(3)
    days = [datetime(2025, 9, day, tzinfo=WARSAW) for day in range(1, 8)]
    live(owner, (fix(day.replace(hour=hour), *HOME, random) for day in days for hour in (8, 22)))
    [home] = suggest_areas(owner, settings)
    assert home.reasons[0].days == 6


def test_a_device_that_was_off_for_days_is_not_taken_for_there(owner: Connection, settings: Settings) -> None:
    random = Random(4)
    live(owner, (fix(datetime(2025, 9, day, 20, tzinfo=WARSAW), *HOME, random) for day in (1, 11, 21)))
    assert suggest_areas(owner, settings) == []


def test_a_fix_that_is_repeated_all_night_counts_as_being_there(owner: Connection, settings: Settings) -> None:
    add_device(owner, 1, "Ana's phone")
    for day in range(1, 5):
        at = datetime(2025, 9, day, 0, tzinfo=WARSAW).timestamp()
        location = {"latitude": HOME[0], "longitude": HOME[1], "fix_timestamp": at, "fix_accuracy_m": 9}
        store(owner, *((at + 1800 * n, {"location": location, "n": n}) for n in range(12)))
        store(owner, (at + 43_200, fix(datetime(2025, 9, day, 12, tzinfo=WARSAW), 48, 2, Random(5))[1]))
    refresh(owner)
    [home] = [place for place in suggest_areas(owner, settings) if near(place, HOME)]
    assert home.reasons[0].days == 4


@pytest.mark.parametrize("first", [date(2025, 3, 28), date(2025, 10, 24)])
def test_nights_of_23_and_25_hour_days_count_alike(owner: Connection, settings: Settings, first: date) -> None:
    live(owner, life(4, first, work=False))
    [home] = suggest_areas(owner, settings)
    assert (home.reasons[0].days, home.reasons[0].last_day) == (4, first + timedelta(days=3))


def test_devices_at_one_place_give_one_suggestion(owner: Connection, settings: Settings) -> None:
    live(owner, life(7, work=False))
    live(owner, life(7, work=False), 2, "Ben's phone")
    [home] = suggest_areas(owner, settings)
    assert {reason.device for reason in home.reasons} == {"Ana's phone", "Ben's phone"}


def test_a_place_of_long_ago_is_told_with_its_last_night(owner: Connection, settings: Settings) -> None:
    live(owner, life(5, date(2025, 5, 5), work=False))
    store(owner, fix(datetime(2025, 9, 1, 12, tzinfo=WARSAW), 48, 2, Random(6)))
    refresh(owner)
    [home] = suggest_areas(owner, settings)
    assert str(home.reasons[0]) == "Ana's phone spent 5 nights here, the last on 2025-05-09."


def test_the_doctor_says_of_whom_and_not_where(owner: Connection, settings: Settings) -> None:
    live(owner, life(5))
    found = areas(DiagnosticContext(settings, owner))
    assert (found.state, "Ana's phone" in found.message, "iot-hub area suggest" in found.advice) == (
        "warning",
        True,
        True,
    )
    assert "52" not in found.message + found.advice
    run("area", "add", "home", "--circle", "52.23,21.01,200")
    run("area", "add", "work", "--circle", "52.20,20.95,200")
    assert areas(DiagnosticContext(settings, owner)).state == "ok"


def test_the_start_of_a_public_dashboard_warns(owner: Connection, settings: Settings) -> None:
    live(owner, life(5))
    assert warning_before_publishing(settings) is None
    told = warning_before_publishing(settings.model_copy(update={"public_dashboard": "yes"}))
    assert told and "Ana's phone" in told and "area suggest" in told


def test_a_year_is_searched_within_two_seconds(owner: Connection, settings: Settings) -> None:
    add_device(owner, 1, "Ana's phone")
    owner.execute(
        "INSERT INTO iot_personal_hub.locations (device_id, location_time, latitude, longitude, first_reported,"
        " last_reported, event_id, event_digest, uncertainty_m, private, properties)"
        " SELECT 1, at, 52.23 + 0.0004 * random(), 21.01 + 0.0004 * random(), at, at, 1, '', 20, false, '{}'"
        " FROM generate_series('2024-09-01'::timestamptz, '2025-09-01', '5 minutes') AS at"
    )
    began = time.monotonic()
    [home] = suggest_areas(owner, settings)
    assert home.reasons[0].days > 360
    assert time.monotonic() - began < 4  # 2 s on a machine of its own


@pytest.mark.parametrize("longitude", [180.0, 179.9997, -179.9998])
def test_a_home_on_the_antimeridian_is_one_place(owner: Connection, settings: Settings, longitude: float) -> None:
    east = longitude - HOME[1]

    def moved(each: Fix) -> Fix:
        at, properties = each
        location = properties["location"]
        return at, {"location": location | {"longitude": (location["longitude"] + east + 180) % 360 - 180}}

    live(owner, map(moved, life(7, work=False)))
    [home] = suggest_areas(owner, settings)
    assert home.reasons[0].days == 7
    assert -180 <= home.longitude < 180
    assert abs((home.longitude - longitude + 180) % 360 - 180) < 0.001
