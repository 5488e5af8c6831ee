"""The demo's years of travels: believable days without a jump, imported from the newest month on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from events import Connection, refresh, rows

from iot_hub.access.devices import add_device
from iot_hub.operations.demo.hours import instant
from iot_hub.operations.demo.prepare import prepare_travellers
from iot_hub.operations.demo.travels.past import MONTH, Owned, import_past
from iot_hub.operations.demo.travels.people import Person, ola, tom
from iot_hub.operations.demo.travels.traveller import Traveller, demo_travellers
from iot_hub.settings import Settings

WARSAW = ZoneInfo("Europe/Warsaw")
AUGUST = datetime(2025, 8, 20, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"])
@pytest.mark.parametrize("somebody", [ola, tom])
def test_each_day_ends_in_time_and_where_the_next_begins(somebody: Callable[[ZoneInfo], Person], zone: str) -> None:
    person = somebody(ZoneInfo(zone))
    days = [date(2021, 1, 1) + timedelta(days=n) for n in range(4 * 365)]
    for day, tomorrow in pairwise(days):
        plan = person.plan(day)
        assert plan.now <= instant(tomorrow, 4, person.zone), day
        assert plan.here == person.plan(tomorrow).begin_place, day
        assert all(one.ends <= other.starts for one, other in pairwise(plan.moves)), day


@pytest.mark.parametrize("phone", demo_travellers(WARSAW), ids=lambda phone: phone.name)
def test_history_and_present_join_without_a_seam(phone: Traveller) -> None:
    cuts = [AUGUST + hours * 3600 for hours in (0, 5, 30, 31.5, 300)]
    whole = list(phone.readings(cuts[0], cuts[-1]))
    assert [reading for since, until in pairwise(cuts) for reading in phone.readings(since, until)] == whole
    assert all(one.device_timestamp < other.device_timestamp for one, other in pairwise(whole))


def test_a_work_phone_stays_at_home_on_days_off() -> None:
    _, phone, _ = demo_travellers(WARSAW)
    saturday = phone.day(date(2025, 6, 7))
    assert [reading.properties["motion"]["activity"] for reading in saturday] == ["stationary"]


def owned_by_hub(owner: Connection, days: float) -> Owned:
    phone = replace(demo_travellers(WARSAW)[0], years=days / 365.25)
    return Owned(add_device(owner, phone.name, phone.type)[0], phone)


def imported(owner: Connection, owned: Owned) -> int:
    return asyncio.run(import_past(owner, [owned], AUGUST))


def test_a_summer_of_travels_becomes_trips_in_many_modes_and_places(owner: Connection) -> None:
    owned = owned_by_hub(owner, 60)
    assert imported(owner, owned) > 3000
    refresh(owner)
    found = rows(owner, "SELECT mode, count(*) AS trips, sum(legs) AS legs FROM iot_personal_hub.journeys GROUP BY 1")
    trips = {row["mode"]: row for row in found}
    assert {"on_foot", "bicycle", "vehicle", "train", "flight"} <= set(trips)
    assert trips["train"]["legs"] > 0
    [far] = rows(
        owner, "SELECT max(abs(latitude - 50.06)) AS degrees FROM iot_personal_hub.journeys WHERE kind = 'stay'"
    )
    assert far["degrees"] > 5


def test_an_import_that_was_ended_goes_on_where_it_was_and_repeats_nothing(owner: Connection) -> None:
    owned = owned_by_hub(owner, 100)
    every = imported(owner, owned)
    assert imported(owner, owned) == 0
    # The newest month was done, and the beginning of the one before.
    month = AUGUST // MONTH * MONTH - MONTH
    lost = owner.execute(
        "DELETE FROM iot_personal_hub.raw_devices_properties"
        " WHERE device_time < to_timestamp(%(month)s)"
        " OR device_time >= to_timestamp(%(month)s) + interval '9 days' AND device_time < to_timestamp(%(month)s) + %(length)s",
        {"month": month, "length": timedelta(seconds=MONTH)},
    ).rowcount
    assert 0 < lost < every
    assert imported(owner, owned) == lost


def test_travellers_are_the_simulators_own_and_private(settings: Settings, owner: Connection) -> None:
    first = prepare_travellers(settings, owner)
    assert prepare_travellers(settings, owner) == first
    places = rows(owner, "SELECT name, kind FROM iot_personal_hub.places ORDER BY name")
    assert [(row["name"], row["kind"]) for row in places] == [
        ("Ola's home", "home"), ("Ola's office", "work"), ("Tom's home", "home"), ("Tom's office", "work"),
    ]  # fmt: skip
    devices = rows(
        owner, "SELECT name, published, details ? 'simulated' AS is_simulated FROM iot_personal_hub.dim_devices"
    )
    assert sorted((row["name"], row["published"], row["is_simulated"]) for row in devices) == [
        ("Ola's phone", False, True), ("Ola's work phone", False, True), ("Tom's phone", False, True),
    ]  # fmt: skip
