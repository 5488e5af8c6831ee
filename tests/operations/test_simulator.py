"""Simulated devices live believable lives, and the same ones whenever they are asked."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import pytest

from iot_hub.operations.demo import Reading, SimulatedDevice, demo_devices
from iot_hub.operations.demo.hours import instant
from iot_hub.operations.demo.phone import Phone
from iot_hub.operations.demo.plan import Stretch, offline_times
from iot_hub.operations.demo.route import Point

WARSAW = ZoneInfo("Europe/Warsaw")
MONDAY = date(2025, 6, 2)
BATTERY_KEYS = [
    "voltage_V",
    "technology",
    "capacity_mAh",
    "temperature_C",
    "remaining_percent",
    "remaining_charge_mAh",
    "remaining_energy_mWh",
    "usage_current_mA",
    "usage_current_average_mA",
]
LOCATION_KEYS = [
    "bearing",
    "latitude",
    "longitude",
    "altitude_m",
    "fix_provider",
    "fix_speed_ms",
    "fix_timestamp",
    "fix_accuracy_m",
]


def seconds(day: date, hour: int = 0) -> float:
    return datetime(day.year, day.month, day.day, hour, tzinfo=WARSAW).timestamp()


def phones() -> list[Phone]:
    return [device for device in demo_devices(WARSAW) if isinstance(device, Phone)]


def month_of(device: SimulatedDevice) -> list[Reading]:
    return list(device.readings(seconds(MONDAY), seconds(MONDAY + timedelta(days=30))))


def measured_within(phone: Phone, day: date) -> Iterator[tuple[Reading, Stretch]]:
    stretches = phone.plan(day).stretches
    for reading in phone.day(day):
        yield reading, next(s for s in reversed(stretches) if s.start <= reading.device_timestamp)


def metres(latitude: float, longitude: float, other: tuple[float, float]) -> float:
    east = (longitude - other[1]) * math.cos(math.radians(latitude))
    return 111_195 * math.hypot(latitude - other[0], east)


def metres_from_line(latitude: float, longitude: float, a: Point, b: Point) -> float:
    scale = math.cos(math.radians(latitude))
    along = (b.latitude - a.latitude, (b.longitude - a.longitude) * scale)
    there = (latitude - a.latitude, (longitude - a.longitude) * scale)
    length = along[0] ** 2 + along[1] ** 2
    part = min(max((along[0] * there[0] + along[1] * there[1]) / length, 0), 1) if length else 0
    return 111_195 * math.hypot(there[0] - part * along[0], there[1] - part * along[1])


def test_the_demo_has_three_phones_a_sensor_and_a_car() -> None:
    found = [(device.name, device.type) for device in demo_devices(WARSAW)]
    assert found == [
        ("Ana's phone", "smartphone"),
        ("Jan's phone", "smartphone"),
        ("Mia's phone", "smartphone"),
        ("Living room", "sensor"),
        ("Family car", "car"),
    ]


def test_another_process_makes_the_same_readings() -> None:
    program = (
        "import json, zoneinfo; from iot_hub.operations.demo import demo_devices\n"
        "devices = demo_devices(zoneinfo.ZoneInfo('Europe/Warsaw'))\n"
        f"print(json.dumps([list(d.readings({seconds(MONDAY)}, {seconds(MONDAY, 20)})) for d in devices]))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    here = [list(device.readings(seconds(MONDAY), seconds(MONDAY, 20))) for device in demo_devices(WARSAW)]
    assert json.loads(told) == json.loads(json.dumps(here))


@pytest.mark.parametrize("device", demo_devices(WARSAW), ids=lambda device: device.name)
def test_history_and_present_join_without_a_seam(device: SimulatedDevice) -> None:
    days = [MONDAY + timedelta(days=offset) for offset in range(14)]
    # Some of these cuts fall into a night in flight mode, whose first half is a day's and second half the next's.
    cuts = [seconds(MONDAY), *(seconds(day, 5) for day in days), seconds(days[-1], 22) + 0.5]
    whole = list(device.readings(cuts[0], cuts[-1]))
    parts = [reading for since, until in pairwise(cuts) for reading in device.readings(since, until)]
    assert parts == whole
    assert whole[0].sent_at >= cuts[0] and whole[-1].sent_at < cuts[-1]


@pytest.mark.parametrize("device", demo_devices(WARSAW), ids=lambda device: device.name)
def test_no_instant_is_measured_twice_and_nothing_is_sent_before_it_is_measured(device: SimulatedDevice) -> None:
    readings = month_of(device)
    assert all(a.device_timestamp < b.device_timestamp for a, b in pairwise(readings))
    assert all(a.sent_at <= b.sent_at for a, b in pairwise(readings))
    assert all(reading.device_timestamp <= reading.sent_at + 0.001 for reading in readings)


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_a_phone_reports_every_five_minutes_indoors_and_every_minute_on_the_way(phone: Phone) -> None:
    seen = set()
    for offset in range(7):
        told = measured_within(phone, MONDAY + timedelta(days=offset))
        for stretch, group in groupby(told, key=lambda pair: pair[1]):
            times = [reading.device_timestamp for reading, _ in group]
            expected = 300 if stretch.indoors else 60
            assert all(abs(b - a - expected) <= 9 for a, b in pairwise(times))
            seen.add(expected)
    assert seen == {60, 300}


def test_weekends_differ_from_weekdays() -> None:
    mia = phones()[2]
    at_work = [
        sum(s.end - s.start for s in mia.plan(MONDAY + timedelta(days=day)).stretches if s.indoors and s.second > 0)
        for day in range(28)
    ]
    assert sum(hours > 7 * 3600 for hours in at_work) >= 15
    assert all(hours == 0 for day, hours in enumerate(at_work) if day % 7 in (5, 6))


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_everybody_sleeps_at_home(phone: Phone) -> None:
    for offset in range(30):
        day = phone.plan(MONDAY + timedelta(days=offset))
        first, last = day.stretches[0], day.stretches[-1]
        assert first.indoors and first.end >= day.last_night.awake
        assert last.indoors and last.start <= day.tonight.asleep
        assert all(a.end == b.start for a, b in pairwise(day.stretches))


@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 6, 2), date(2025, 10, 26)])
def test_people_live_by_the_clock_whatever_is_done_to_it(day: date) -> None:
    assert instant(day, 8.5, WARSAW) == datetime(day.year, day.month, day.day, 8, 30, tzinfo=WARSAW).timestamp()
    assert instant(day - timedelta(days=1), 32.5, WARSAW) == instant(day, 8.5, WARSAW)


@pytest.mark.parametrize("day", [date(2025, 3, 29), date(2025, 10, 25)])
def test_days_around_a_change_of_clocks_have_no_gap(day: date) -> None:
    # A car is silent while it is parked.
    for device in demo_devices(WARSAW)[:-1]:
        measured = sorted(
            reading.device_timestamp for offset in range(3) for reading in device.day(day + timedelta(days=offset))
        )
        assert all(0 < b - a < 330 for a, b in pairwise(measured))


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_a_stale_fix_keeps_its_time_and_place(phone: Phone) -> None:
    longest = 0.0
    for taken, group in groupby(month_of(phone), key=lambda r: r.properties["location"]["fix_timestamp"]):
        readings = list(group)
        assert taken <= readings[0].device_timestamp
        assert all(reading.properties["location"] == readings[0].properties["location"] for reading in readings)
        longest = max(longest, readings[-1].device_timestamp - taken)
    assert 2 * 3600 < longest < 4 * 3600


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_fixes_lie_on_the_track_within_their_accuracy(phone: Phone) -> None:
    outdoors = 0
    for offset in range(7):
        for reading, stretch in measured_within(phone, MONDAY + timedelta(days=offset)):
            fix = reading.properties["location"]
            here = fix["latitude"], fix["longitude"]
            off = min(
                metres_from_line(*here, a, b) for a, b in pairwise((*stretch.route.points, stretch.route.points[-1]))
            )
            assert off <= fix["fix_accuracy_m"] + 0.1
            outdoors += not stretch.indoors
    assert outdoors > 50


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_at_night_the_fix_is_at_home(phone: Phone) -> None:
    for reading in phone.day(MONDAY)[:20]:
        fix = reading.properties["location"]
        assert metres(fix["latitude"], fix["longitude"], phone.home) <= fix["fix_accuracy_m"] + 0.1


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_the_payload_is_the_first_betas(phone: Phone) -> None:
    for reading in phone.day(MONDAY):
        assert list(reading.properties) == ["battery", "location"]
        assert list(reading.properties["battery"]) == BATTERY_KEYS
        assert list(reading.properties["location"]) == LOCATION_KEYS


def test_some_phones_write_whole_seconds_and_some_do_not() -> None:
    kinds = {phone.name: {type(reading.device_timestamp) for reading in phone.day(MONDAY)} for phone in phones()}
    assert kinds == {"Ana's phone": {int}, "Jan's phone": {float}, "Mia's phone": {int}}


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_a_battery_stays_in_bounds_and_rises_only_while_charging(phone: Phone) -> None:
    states = [reading.properties["battery"] for reading in month_of(phone)]
    assert all(0 < state["remaining_percent"] <= 100 for state in states)
    rises = [b for a, b in pairwise(states) if b["remaining_charge_mAh"] > a["remaining_charge_mAh"]]
    assert rises
    assert all(state["usage_current_mA"] < 0 for state in rises if state["usage_current_mA"] is not None)
    assert max(state["remaining_percent"] for state in states) == 100
    assert min(state["remaining_percent"] for state in states) < 60


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_a_phone_needs_more_current_on_the_way_and_sometimes_tells_none(phone: Phone) -> None:
    currents: dict[bool, list[float | None]] = {True: [], False: []}
    for offset in range(7):
        day = MONDAY + timedelta(days=offset)
        awake = phone.plan(day).last_night.awake
        for reading, stretch in measured_within(phone, day):
            current = reading.properties["battery"]["usage_current_mA"]
            if reading.device_timestamp > awake and (current is None or current > 0):
                currents[stretch.indoors].append(current)
    indoors, outdoors = ([c for c in currents[key] if c is not None] for key in (True, False))
    assert sum(outdoors) / len(outdoors) > 1.5 * sum(indoors) / len(indoors)
    assert None in currents[True] + currents[False]


@pytest.mark.parametrize("phone", phones(), ids=lambda phone: phone.name)
def test_what_is_measured_offline_arrives_together_late_and_complete(phone: Phone) -> None:
    late = 0
    for offset in range(14):
        day = MONDAY + timedelta(days=offset)
        for start, end in offline_times(phone.seed, phone.plan(day)):
            cut_off = [r for r in phone.day(day) if start <= r.device_timestamp and r.sent_at == end]
            measured = [r for r in phone.day(day) if start + 8 <= r.device_timestamp < end]
            assert {r.device_timestamp for r in measured} <= {r.device_timestamp for r in cut_off}
            late += len(cut_off)
    assert late > 100


def test_a_night_in_flight_mode_is_caught_up_in_the_morning() -> None:
    ana = phones()[0]
    day = next(d for d in (MONDAY + timedelta(days=n) for n in range(30)) if ana.plan(d).tonight.flight_mode)
    night = ana.plan(day).tonight
    caught_up = [r for r in ana.readings(night.asleep, night.awake + 1) if r.sent_at == night.awake]
    assert not [r for r in ana.readings(night.asleep, night.awake)]
    assert len(caught_up) >= (night.awake - night.asleep) // 300 - 1
    assert caught_up[0].device_timestamp < seconds(day + timedelta(days=1), 4) < caught_up[-1].device_timestamp


def test_a_room_has_worse_air_when_people_are_in() -> None:
    room = next(each for each in demo_devices(WARSAW) if each.type == "sensor")
    readings = {datetime.fromtimestamp(r.device_timestamp, WARSAW).hour: r.properties for r in room.day(MONDAY)}
    assert readings[20]["air"]["co2_ppm"] > 2 * readings[4]["air"]["co2_ppm"]
    for properties in readings.values():
        assert 15 < properties["climate"]["temperature_C"] < 28
        assert 25 < properties["climate"]["humidity_percent"] < 75
        assert 980 < properties["climate"]["pressure_hPa"] < 1045
