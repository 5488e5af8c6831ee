"""A family's plug-in hybrid: it is driven to work, to town and on excursions, and charges at night.

A reader on its diagnostic socket reports while it is driven or charges, and is silent while it is parked. The battery
is full each morning; what a day begins with besides, the odometer and the fuel, follows from all days before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from iot_hub.operations.demo.car.charging import CAPACITY_WH, Charge, charging
from iot_hub.operations.demo.car.drive import TRAFFIC, Drive, Used, drive
from iot_hub.operations.demo.car.motion import Motion
from iot_hub.operations.demo.car.powertrain import Powertrain
from iot_hub.operations.demo.car.road import Road, Via, Where
from iot_hub.operations.demo.device import Reading, SimulatedDevice
from iot_hub.operations.demo.hours import instant, is_weekend
from iot_hub.operations.demo.weather import outdoors

BOUGHT = date(2025, 1, 1)
"""The odometer and the tank are counted from here, so that they are the same whenever the demo starts."""
ODOMETER_M = 21_400_000
INTERVAL = 5
TANK_L = 40.0
FILLED_BELOW_L = 10.0
NIGHT_TARIFF = 22.0
WARM_C, WARM_UP_SECONDS, COOLING_SECONDS = 90.0, 200.0, 5_400.0
MILD_C = 20.0
COLD_SHARE = 0.012
"""How much more is used for each degree below a mild day's."""


@dataclass(frozen=True)
class Habit:
    """A way that is driven there and back: its hours of departure, how long one stays, how often."""

    road: Road
    leaves: tuple[float, float]
    stays_hours: tuple[float, float]
    chance: float = 1.0


class Trip(NamedTuple):
    """A drive from a unix second on, the weather's share in what it uses, and whether the tank is filled before."""

    starts: int
    drive: Drive
    more: float
    may_refuel: bool

    @property
    def ends(self) -> int:
        """When it ends."""
        return self.starts + math.ceil(self.drive.seconds)

    def used(self, second: float) -> Used:
        """Return what has been used until a second of it."""
        used = self.drive.used(second)
        return Used(used.fuel_L * self.more, used.battery_Wh * self.more)


class Stores(NamedTuple):
    """What a car has: metres on the odometer, litres in the tank, watt hours in the battery."""

    odometer_m: float
    fuel_L: float
    battery_Wh: float

    def before(self, trip: Trip) -> Stores:
        """Return what it has when a trip begins: a tank that is nearly empty is filled in town."""
        return self._replace(fuel_L=TANK_L) if trip.may_refuel and self.fuel_L < FILLED_BELOW_L else self

    def after(self, trip: Trip, second: float | None = None) -> Stores:
        """Return what it has at a second of a trip, or at its end."""
        at = trip.drive.seconds if second is None else second
        used = trip.used(at)
        return Stores(
            self.odometer_m + trip.drive.at(at).distance,
            self.fuel_L - used.fuel_L,
            min(self.battery_Wh - used.battery_Wh, CAPACITY_WH),
        )


@dataclass(frozen=True, kw_only=True)
class Car(SimulatedDevice):
    """A car, and where it is driven on weekdays and weekends."""

    type: str = "car"
    elevation: float
    weekdays: tuple[Habit, ...]
    weekends: tuple[Habit, ...]

    def trips(self, day: date) -> list[Trip]:
        """Return a day's drives."""
        draw = Random(f"{self.seed} trips {day}")  # noqa: S311
        free = 0
        trips: list[Trip] = []
        for habit in self.weekends if is_weekend(day) else self.weekdays:
            happens = draw.random() < habit.chance
            leave = max(free, instant(day, draw.uniform(*habit.leaves), self.zone))
            there, back = (draw.randrange(TRAFFIC) for _ in range(2))
            stay = round(3600 * draw.uniform(*habit.stays_hours))
            if happens:
                trips.append(_trip(leave, drive(habit.road, there), may_refuel=False))
                trips.append(_trip(trips[-1].ends + stay, drive(habit.road.reversed(), back), may_refuel=True))
                free = trips[-1].ends + 900
        return trips

    def day(self, day: date) -> list[Reading]:
        """Return a day's readings, each sent at once."""
        draw = Random(f"{self.seed} readings {day}")  # noqa: S311
        stores = self._stores_before(day)
        trips = self.trips(day)
        coolant, stopped = outdoors(trips[0].starts), float(trips[0].starts)
        readings = []
        for trip in trips:
            air = outdoors(trip.starts)
            coolant = air + (coolant - air) * math.exp(-(trip.starts - stopped) / COOLING_SECONDS)
            stores = stores.before(trip)
            for second in _seconds(trip.drive.seconds):
                motion = trip.drive.at(second)
                state = Powertrain.of(motion)
                if state.engine_runs:
                    coolant += (WARM_C - coolant) * (1 - math.exp(-INTERVAL / WARM_UP_SECONDS))
                has = stores.after(trip, second)
                properties = _driving(trip, motion, state, has, coolant, draw)
                if second >= trip.drive.seconds:
                    properties["vehicle"] |= {"ignition": False, "engine_rpm": 0.0, "fuel_rate_Lh": 0.0}
                readings.append(_reading(trip.starts + math.ceil(second), properties))
            stores, stopped = stores.after(trip), float(trip.ends)
        return [*readings, *self._charging(day, trips[-1].ends, stores, draw)]

    def _stores_before(self, day: date) -> Stores:
        """Return what the car has when a day begins."""
        days, mornings = max((day - BOUGHT).days, 0), self._mornings
        while len(mornings) <= days:
            stores = mornings[-1]
            for trip in self.trips(BOUGHT + timedelta(days=len(mornings) - 1)):
                stores = stores.before(trip).after(trip)
            mornings.append(stores._replace(battery_Wh=CAPACITY_WH))
        return mornings[days]

    @cached_property
    def _mornings(self) -> list[Stores]:
        """What the car has each morning, as far as it was asked for."""
        return [Stores(ODOMETER_M, TANK_L, CAPACITY_WH)]

    def _charging(self, day: date, back: int, stores: Stores, draw: Random) -> Iterator[Reading]:
        plugged_in = max(back + 300, instant(day, NIGHT_TARIFF, self.zone))
        where = (*self.home, self.elevation)
        for charge in charging(stores.battery_Wh):
            at = plugged_in + charge.second
            yield _reading(at, _charged(at, where, charge, stores, draw))


def _trip(starts: int, way: Drive, *, may_refuel: bool) -> Trip:
    more = 1 + COLD_SHARE * max(0.0, MILD_C - outdoors(starts))
    return Trip(starts, way, more, may_refuel)


def _seconds(length: float) -> Iterator[float]:
    yield from range(0, math.ceil(length), INTERVAL)
    yield length


def _reading(at: int, properties: dict[str, Any]) -> Reading:
    return Reading(at, at, properties)


def _driving(
    trip: Trip, motion: Motion, state: Powertrain, has: Stores, coolant: float, draw: Random
) -> dict[str, Any]:
    is_moving = motion.speed > 0
    return {
        "location": _location(motion.where, draw)
        | {"bearing": round(motion.bearing, 1), "fix_speed_ms": round(motion.speed, 2)},
        "vehicle": {
            "ignition": True,
            # As a car's computer says it: whole kilometres an hour.
            "speed_kmh": round(motion.speed * 3.6),
            "engine_rpm": round(state.engine_rpm),
            "engine_load_percent": round(state.load_percent, 1),
            "coolant_temperature_C": round(coolant),
            "outside_temperature_C": round(outdoors(trip.starts)),
            "fuel_percent": round(100 * has.fuel_L / TANK_L, 1),
            "fuel_rate_Lh": round(state.fuel_rate_Lh * trip.more, 2),
            "battery_percent": round(100 * has.battery_Wh / CAPACITY_WH, 1),
            "power_W": round(state.power_W * trip.more),
            "odometer_km": round(has.odometer_m / 1000, 1),
            "voltage_V": round(draw.uniform(13.9, 14.3) if is_moving else draw.uniform(12.6, 13.6), 2),
        },
    }


def _charged(at: int, where: Where, charge: Charge, stores: Stores, draw: Random) -> dict[str, Any]:
    return {
        "location": _location(where, draw),
        "vehicle": {
            "ignition": False,
            "speed_kmh": 0,
            "plugged_in": True,
            "charging_power_W": round(charge.power_W),
            "charged_Wh": round(charge.added_Wh),
            "battery_percent": round(100 * charge.stored_Wh / CAPACITY_WH, 1),
            "fuel_percent": round(100 * stores.fuel_L / TANK_L, 1),
            "outside_temperature_C": round(outdoors(at)),
            "odometer_km": round(stores.odometer_m / 1000, 1),
        },
    }


def _location(where: Where, draw: Random) -> dict[str, Any]:
    return {
        "latitude": round(where[0] + draw.gauss(0, 1) * 1e-5, 6),
        "longitude": round(where[1] + draw.gauss(0, 1) * 1e-5, 6),
        "altitude_m": round(where[2] + draw.uniform(-2, 2)),
        "fix_accuracy_m": round(draw.uniform(3, 8), 1),
    }


def demo_car(home: tuple[float, float], elevation: float, zone: ZoneInfo) -> Car:
    """Return the family's car, which sleeps where Mia's phone does."""
    start = (*home, elevation)
    to_work = Road((
        Via(start, 30), Via((45.2712, 13.7089, 228.0), 50), Via((45.2676, 13.6975, 212.0), 90),
        Via((45.2624, 13.6838, 176.0), 90), Via((45.2571, 13.6667, 148.0), 60), Via((45.2517, 13.6528, 121.0), 90),
        Via((45.2462, 13.6391, 88.0), 90, is_junction=True), Via((45.2408, 13.6238, 54.0), 60),
        Via((45.2352, 13.6121, 31.0), 50, is_junction=True), Via((45.2296, 13.6022, 14.0), 50),
    ))  # fmt: skip
    to_town = Road((
        Via(start, 30), Via((45.2766, 13.7186, 236.0), 50, is_junction=True), Via((45.2861, 13.7238, 251.0), 80),
        Via((45.2958, 13.7297, 262.0), 80), Via((45.3071, 13.7398, 240.0), 80), Via((45.3175, 13.7512, 255.0), 80),
        Via((45.3274, 13.7601, 252.0), 50), Via((45.3329, 13.7652, 258.0), 50),
    ))  # fmt: skip
    to_the_hills = Road((
        Via(start, 30), Via((45.2766, 13.7205, 238.0), 50, is_junction=True), Via((45.2822, 13.7442, 270.0), 90),
        Via((45.2874, 13.7704, 291.0), 90), Via((45.2948, 13.7958, 330.0), 70),
        Via((45.3009, 13.8201, 362.0), 50, is_junction=True), Via((45.3101, 13.8289, 310.0), 70),
        Via((45.3223, 13.8334, 205.0), 70), Via((45.3318, 13.8297, 150.0), 50),
        Via((45.3352, 13.8284, 178.0), 50),
    ))  # fmt: skip
    return Car(
        name="Family car",
        home=home,
        elevation=elevation,
        seed="family car",
        zone=zone,
        weekdays=(
            Habit(to_work, (7.0, 7.75), (7.75, 8.5)),
            Habit(to_town, (17.5, 18.75), (0.4, 1.75), chance=0.55),
        ),
        weekends=(
            Habit(to_the_hills, (9.5, 11.0), (2.0, 5.0)),
            Habit(to_town, (17.5, 19.5), (0.4, 1.5), chance=0.5),
        ),
    )
