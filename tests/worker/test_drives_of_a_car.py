"""A simulated car's days become the drives and charges that it knows it made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from drive_world import charges, drives
from events import Connection, add_device, refresh, store

from iot_hub.operations.demo import demo_devices
from iot_hub.operations.demo.car import Car
from iot_hub.operations.demo.car.car import INTERVAL

ZAGREB = ZoneInfo("Europe/Zagreb")
DAYS = [date(2026, 1, 9) + timedelta(days=number) for number in range(3)]


def car() -> Car:
    return next(device for device in demo_devices(ZAGREB) if isinstance(device, Car))


def test_days_of_a_plug_in_hybrid_become_its_drives_and_charges(owner: Connection) -> None:
    add_device(owner, name="car", type="car")
    readings = [reading for day in DAYS for reading in car().day(day)]
    store(owner, *((reading.device_timestamp, reading.properties) for reading in readings))
    refresh(owner)
    trips = [trip for day in DAYS for trip in car().trips(day)]
    found = drives(owner)
    for row, trip in zip(found, trips, strict=True):
        used = trip.used(trip.drive.seconds)
        # Its first and last reading are of standing, with the engine off.
        assert abs(row["starts"] - datetime.fromtimestamp(trip.starts, UTC)) <= timedelta(seconds=INTERVAL)
        # The odometer's last digit is a hectometre.
        assert row["distance_m"] == pytest.approx(trip.drive.at(trip.drive.seconds).distance, abs=150)
        assert (row["ends"] - row["starts"]).total_seconds() == pytest.approx(trip.drive.seconds, abs=2 * INTERVAL)
        assert row["fuel_l"] == pytest.approx(used.fuel_L, abs=0.02 + 0.04 * used.fuel_L)
        assert row["idle_s"] < trip.drive.seconds / 3
        assert row["battery_start_percent"] >= row["battery_end_percent"]
        assert row["start_latitude"] is not None
        assert row["end_latitude"] is not None
    # Five seconds are long for a motor that brakes, too: over days it evens out.
    assert sum(row["energy_wh"] for row in found) == pytest.approx(
        sum(trip.used(trip.drive.seconds).battery_Wh for trip in trips), rel=0.06
    )
    assert all(one["odometer_end_km"] == next_["odometer_start_km"] for one, next_ in pairwise(found))
    assert len(charges(owner)) == len(DAYS)
    for charge in charges(owner):
        assert charge["battery_end_percent"] == pytest.approx(100, abs=0.5)
        assert charge["energy_wh"] > 500
