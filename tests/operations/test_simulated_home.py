"""The simulated home says what real devices would: the hub's own reader understands it, and its counters only rise."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.event import Event
from iot_hub.operations.demo.home import HomeMessage, demo_home
from iot_hub.operations.demo.home.home_device import INSTALLED
from iot_hub.operations.demo.home.plug import WASH_WH, WashingMachine
from iot_hub.sources.mqtt import HomeReader, HomeSettings, Message
from iot_hub.timestamps import SECOND

WARSAW = ZoneInfo("Europe/Warsaw")
MONDAY = date(2025, 6, 2)


def seconds(day: date, hour: float = 0) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=WARSAW).timestamp() + hour * 3600


def sent(since: float, until: float) -> list[HomeMessage]:
    return list(demo_home(WARSAW).messages(since, until))


def events_of(messages: list[HomeMessage], *, later: float = 60) -> Iterator[tuple[str, Event]]:
    """The events that the hub makes of messages, received a while after they were sent."""
    reader = HomeReader(HomeSettings(time_zone=WARSAW))
    for each in messages:
        meaning = reader.read(Message(each.topic, each.payload, round((each.sent_at + later) * SECOND)))
        for reading in meaning.readings:
            assert isinstance(reading.result, Event), reading.result
            assert not reading.is_provisional
            yield reading.device, reading.result


def groups_by_name(messages: list[HomeMessage]) -> dict[str, list[dict[str, Any]]]:
    names = {device.identity: device.name for device in demo_home(WARSAW).devices}
    found = defaultdict(list)
    for device, event in events_of(messages):
        found[names[device]].append(json.loads(event.properties))
    return found


def test_every_device_reports_what_it_measures() -> None:
    found = groups_by_name(sent(seconds(MONDAY, 4), seconds(MONDAY + timedelta(days=2), 4)))
    battery = {"battery.remaining_percent", "battery.voltage_V", "network.link_quality"}
    climate = {"climate.temperature_C", "climate.humidity_percent", "climate.pressure_hPa"} | battery
    measured = {
        name: {f"{group}.{key}" for each in events for group in each if group in GROUPS for key in each[group]}
        for name, events in found.items()
    }
    assert measured == {
        "Living room thermometer": climate,
        "Bedroom thermometer": climate,
        "Bathroom thermometer": climate,
        "Front door": {"contact.open"} | battery,
        "Hall motion": {"motion.detected", "climate.illuminance_lx"} | battery,
        "Washing machine": {
            "energy.energy_Wh", "energy.power_W", "energy.apparent_power_VA", "energy.power_factor", "energy.voltage_V",
            "energy.current_A", "state.on", "machine.uptime_s", "network.signal_dBm", "network.signal_percent",
        },
        "Electricity meter": {
            "energy.energy_Wh", "energy.exported_Wh", "energy.power_W", "energy.voltage_V", "energy.current_A",
            "energy.frequency_Hz",
        },
    }  # fmt: skip


GROUPS = {"climate", "battery", "network", "contact", "motion", "energy", "state", "machine"}


def test_each_reading_has_a_time_of_its_own_and_comes_once() -> None:
    messages = sent(seconds(MONDAY), seconds(MONDAY + timedelta(days=3)))
    events = [(device, event) for device, event in events_of(messages, later=8 * 86_400)]
    assert {event.time_source for _, event in events} == {"measured"}
    assert len({(device, event.device_time, event.properties) for device, event in events}) == len(events)
    dated = [each.sent_at for each in messages if not each.retain]
    assert dated == sorted(dated)
    measured = sorted(event.device_time / SECOND for _, event in events)
    assert measured == pytest.approx(dated, abs=0.001, rel=0)


def test_history_and_present_join_without_a_seam() -> None:
    cuts = [seconds(MONDAY), *(seconds(MONDAY + timedelta(days=n), 3.9 + n / 10) for n in range(1, 4))]
    whole = [each for each in sent(cuts[0], cuts[-1]) if not each.retain]
    parts = [each for since, until in pairwise(cuts) for each in sent(since, until) if not each.retain]
    assert parts == whole


def test_what_devices_say_of_themselves_is_no_reading() -> None:
    introduction = [each for each in sent(seconds(MONDAY), seconds(MONDAY) + 1) if each.retain]
    reader = HomeReader(HomeSettings(time_zone=WARSAW))
    described, reachable = set(), set()
    for each in introduction:
        meaning = reader.read(Message(each.topic, each.payload, round(each.sent_at * SECOND)))
        assert meaning.readings == ()
        described |= {description.device for description in meaning.descriptions}
        reachable |= {one.device for one in meaning.availability if one.state == "online"}
    home = demo_home(WARSAW)
    # Of a Shelly only its messages say which it is.
    meter = home.devices[-1]
    assert described == {device.identity for device in home.devices} - {meter.identity}
    assert len(reachable) == len(home.devices)


def counters(messages: list[HomeMessage]) -> dict[str, list[float]]:
    found = defaultdict(list)
    for name, events in groups_by_name(messages).items():
        for event in events:
            for key in ("energy_Wh", "exported_Wh"):
                if key in event.get("energy", {}):
                    found[f"{name} {key}"].append(event["energy"][key])
    return found


@pytest.mark.parametrize("day", [MONDAY, date(2025, 3, 29), date(2025, 10, 25), date(2025, 12, 30)])
def test_a_counter_never_falls(day: date) -> None:
    found = counters(sent(seconds(day), seconds(day + timedelta(days=2))))
    assert len(found) == 3
    for values in found.values():
        assert all(a <= b for a, b in pairwise(values))
        assert values[-1] > values[0] > 0


def test_the_meter_draws_and_feeds_in_what_its_power_says() -> None:
    messages = sent(seconds(MONDAY, 4), seconds(MONDAY + timedelta(days=1), 4))
    events = [each["energy"] for each in groups_by_name(messages)["Electricity meter"]]
    drawn, fed = (sum(max(sign * each["power_W"], 0) for each in events[:-1]) * 300 / 3600 for sign in (1, -1))
    assert drawn == pytest.approx(events[-1]["energy_Wh"] - events[0]["energy_Wh"], rel=0.01)
    assert fed == pytest.approx(events[-1]["exported_Wh"] - events[0]["exported_Wh"], rel=0.01)
    assert drawn > 500 and fed > 500


def test_a_wash_takes_what_its_programme_says() -> None:
    [machine] = [each for each in demo_home(WARSAW).devices if isinstance(each, WashingMachine)]
    days = [INSTALLED + timedelta(days=n) for n in range(28)]
    energies = [machine.energy(seconds(b, 4)) - machine.energy(seconds(a, 4)) for a, b in pairwise(days)]
    washes = {round((energy - 24 * 1.1) / WASH_WH, 1) for energy in energies}
    assert washes == {0.0, 1.0, 2.0}


@given(st.floats(seconds(INSTALLED, 4), seconds(date(2027, 1, 1))), st.floats(0, 40 * 86_400))
def test_the_plugs_counter_rises_with_time(at: float, passed: float) -> None:
    [machine] = [each for each in demo_home(WARSAW).devices if isinstance(each, WashingMachine)]
    assert machine.energy(at) <= machine.energy(at + passed) + 1e-6


def test_the_door_opens_and_closes_as_somebody_leaves_and_comes() -> None:
    states = [
        each["contact"]["open"]
        for each in groups_by_name(sent(seconds(MONDAY, 4), seconds(MONDAY + timedelta(days=7), 4)))["Front door"]
    ]
    assert states.count(True) > 8
    assert all(b is False for a, b in pairwise(states) if a is True)


def test_one_battery_of_the_home_is_low() -> None:
    found = groups_by_name(sent(seconds(MONDAY, 10), seconds(MONDAY, 22)))
    levels = {
        name: events[-1]["battery"]["remaining_percent"] for name, events in found.items() if "battery" in events[-1]
    }
    assert [name for name, level in levels.items() if level <= 15] == ["Hall motion"]
    assert all(0 < level <= 100 for level in levels.values())
