"""The simulated car's values fit each other, as those of a real one do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from iot_hub.operations.demo import Reading, demo_devices
from iot_hub.operations.demo.car import Car
from iot_hub.operations.demo.car.car import INTERVAL, TANK_L
from iot_hub.operations.demo.car.charging import CAPACITY_WH, EFFICIENCY
from iot_hub.operations.demo.phone import Phone
from iot_hub.operations.demo.weather import outdoors

ZAGREB = ZoneInfo("Europe/Zagreb")
MONDAY = date(2026, 1, 5)
DAYS = [MONDAY + timedelta(days=number) for number in range(14)]

Vehicle = dict[str, Any]


def car() -> Car:
    return next(device for device in demo_devices(ZAGREB) if isinstance(device, Car))


def vehicle(reading: Reading) -> Vehicle:
    found: Vehicle = reading.properties["vehicle"]
    return found


def sessions(readings: Sequence[Reading]) -> Iterator[list[Reading]]:
    """Yield readings without a silence of two minutes between them."""
    session: list[Reading] = []
    for reading in readings:
        if session and reading.device_timestamp - session[-1].device_timestamp > 120:
            yield session
            session = []
        session.append(reading)
    yield session


def drives(days: Sequence[date] = DAYS) -> list[list[Reading]]:
    found = car()
    return [each for day in days for each in sessions(found.day(day)) if "charging_power_W" not in vehicle(each[0])]


def charges(days: Sequence[date] = DAYS) -> list[list[Reading]]:
    found = car()
    return [each for day in days for each in sessions(found.day(day)) if "charging_power_W" in vehicle(each[0])]


def integral(readings: Sequence[Reading], key: str) -> float:
    """Return a value's integral over hours."""
    means = ((float(vehicle(a)[key] + vehicle(b)[key]) / 2, b, a) for a, b in pairwise(readings))
    return sum(mean * (b.device_timestamp - a.device_timestamp) / 3600 for mean, b, a in means)


def gain(readings: Sequence[Reading], key: str) -> float:
    return float(vehicle(readings[-1])[key] - vehicle(readings[0])[key])


def metres(a: Reading, b: Reading) -> float:
    start, end = a.properties["location"], b.properties["location"]
    east = (end["longitude"] - start["longitude"]) * math.cos(math.radians(start["latitude"]))
    return 111_195 * math.hypot(end["latitude"] - start["latitude"], east)


def test_it_is_driven_two_to_four_times_a_day() -> None:
    numbers = {len(car().trips(date(2026, 1, 1) + timedelta(days=number))) for number in range(90)}
    assert numbers == {2, 4}


def test_the_odometer_is_the_integral_of_the_speed() -> None:
    for drive in drives():
        driven = gain(drive, "odometer_km")
        # It is reported in steps of 0.1 km.
        assert integral(drive, "speed_kmh") == pytest.approx(driven, abs=0.01 * driven + 0.1)
    driven = sum(integral(drive, "speed_kmh") for drive in drives())
    assert driven == pytest.approx(sum(gain(drive, "odometer_km") for drive in drives()), rel=0.01)


def test_the_way_over_the_fixes_is_as_long_as_the_odometer_says() -> None:
    way = sum(metres(a, b) for drive in drives() for a, b in pairwise(drive))
    assert way / 1000 == pytest.approx(sum(gain(drive, "odometer_km") for drive in drives()), rel=0.02)


def test_the_odometer_never_falls_and_the_next_drive_begins_where_the_last_has_ended() -> None:
    found = drives()
    for a, b in pairwise(found):
        assert vehicle(b[0])["odometer_km"] == pytest.approx(vehicle(a[-1])["odometer_km"], abs=0.05)
        assert metres(a[-1], b[0]) < 20
    assert all(vehicle(a)["odometer_km"] <= vehicle(b)["odometer_km"] for drive in found for a, b in pairwise(drive))


def test_the_tank_loses_what_the_engine_burns_and_is_filled_now_and_then() -> None:
    days = [MONDAY + timedelta(days=number) for number in range(60)]
    found = drives(days)
    burnt = sum(integral(drive, "fuel_rate_Lh") for drive in found)
    lost = sum(-gain(drive, "fuel_percent") for drive in found) * TANK_L / 100
    assert burnt == pytest.approx(lost, rel=0.03)
    filled = [b[0] for a, b in pairwise(found) if vehicle(b[0])["fuel_percent"] > vehicle(a[-1])["fuel_percent"] + 1]
    assert filled and all(vehicle(reading)["fuel_percent"] == 100 for reading in filled)
    assert min(vehicle(reading)["fuel_percent"] for drive in found for reading in drive) > 3


def test_the_battery_loses_what_the_motor_takes_and_has_enough_for_a_day() -> None:
    found = drives()
    taken = sum(integral(drive, "power_W") for drive in found)
    lost = sum(-gain(drive, "battery_percent") for drive in found) * CAPACITY_WH / 100
    assert taken == pytest.approx(lost, rel=0.05)
    assert 10 < min(vehicle(reading)["battery_percent"] for drive in found for reading in drive) < 80
    # Braking charges it.
    assert min(vehicle(reading)["power_W"] for drive in found for reading in drive) < -5_000


def test_what_a_car_uses_is_believable() -> None:
    km = sum(gain(drive, "odometer_km") for drive in drives())
    litres = sum(integral(drive, "fuel_rate_Lh") for drive in drives())
    assert 2 < 100 * litres / km < 8
    for drive in drives():
        speeds = [vehicle(reading)["speed_kmh"] for reading in drive]
        assert 60 < max(speeds) <= 95
        assert 25 < gain(drive, "odometer_km") / ((drive[-1].device_timestamp - drive[0].device_timestamp) / 3600) < 70


def test_more_is_used_on_cold_days() -> None:
    def litres(month: int) -> float:
        found = drives([date(2026, month, 5) + timedelta(days=number) for number in range(14)])
        return sum(integral(drive, "fuel_rate_Lh") for drive in found) / sum(gain(d, "odometer_km") for d in found)

    assert litres(1) > 1.1 * litres(7)


def test_engine_speed_and_fuel_go_together() -> None:
    for reading in (reading for drive in drives() for reading in drive):
        values = vehicle(reading)
        if values["engine_rpm"] == 0:
            assert values["fuel_rate_Lh"] == values["engine_load_percent"] == 0
        else:
            assert 800 <= values["engine_rpm"] <= 4500 and values["ignition"]
            assert 0 <= values["engine_load_percent"] <= 100
            assert values["power_W"] == 0
    electric = [vehicle(r)["engine_rpm"] == 0 for drive in drives() for r in drive]
    assert 0.2 < sum(electric) / len(electric) < 0.9


def test_a_cold_engine_warms_up_on_the_way() -> None:
    first = drives(DAYS[:1])[0]
    outside = outdoors(first[0].device_timestamp)
    temperatures = [vehicle(reading)["coolant_temperature_C"] for reading in first]
    assert temperatures[0] == pytest.approx(outside, abs=1)
    assert temperatures == sorted(temperatures)
    assert 60 < temperatures[-1] <= 90
    assert vehicle(first[0])["outside_temperature_C"] == round(outside)


def test_nothing_jumps_within_a_drive() -> None:
    for drive in drives():
        assert vehicle(drive[0])["speed_kmh"] == vehicle(drive[-1])["speed_kmh"] == 0
        assert vehicle(drive[0])["ignition"] and not vehicle(drive[-1])["ignition"]
        for a, b in pairwise(drive):
            assert 0 < b.device_timestamp - a.device_timestamp <= INTERVAL
            assert abs(vehicle(b)["speed_kmh"] - vehicle(a)["speed_kmh"]) <= 3.6 * 1.7 * INTERVAL + 1
            assert metres(a, b) <= INTERVAL * 27 + 10
        for reading in drive:
            assert reading.properties["location"]["fix_speed_ms"] * 3.6 == pytest.approx(
                vehicle(reading)["speed_kmh"], abs=0.6
            )


def test_it_charges_at_home_each_night_until_it_is_full() -> None:
    found = charges()
    assert len(found) == len(DAYS)
    for charge in found:
        begins, ends = (datetime.fromtimestamp(charge[n].device_timestamp, ZAGREB) for n in (0, -1))
        assert begins.hour >= 22 and (ends.hour >= 22 or ends.hour < 4)
        assert vehicle(charge[-1])["battery_percent"] == pytest.approx(100, abs=0.1)
        assert vehicle(charge[-1])["charging_power_W"] == 0
        added = gain(charge, "charged_Wh")
        assert integral(charge, "charging_power_W") * EFFICIENCY == pytest.approx(added, rel=0.03)
        assert gain(charge, "battery_percent") * CAPACITY_WH / 100 == pytest.approx(added, rel=0.02)
        assert {vehicle(reading)["speed_kmh"] for reading in charge} == {0}
        where = charge[0].properties["location"]
        assert (where["latitude"], where["longitude"]) == pytest.approx(car().home, abs=1e-4)
    for charge, next_day in zip(found, DAYS[1:], strict=False):
        assert vehicle(drives([next_day])[0][0])["battery_percent"] == 100
        assert vehicle(charge[-1])["odometer_km"] == vehicle(drives([next_day])[0][0])["odometer_km"]


def test_it_sleeps_in_the_private_area_of_a_phone() -> None:
    mia = next(each for each in demo_devices(ZAGREB) if isinstance(each, Phone) and each.name == "Mia's phone")
    assert car().home == mia.home
