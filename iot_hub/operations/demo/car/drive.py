"""How a car is driven along a road: within the limits, slower in bends, sometimes waiting at a junction."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from random import Random
from typing import NamedTuple

from iot_hub.operations.demo.car.motion import Motion
from iot_hub.operations.demo.car.powertrain import Powertrain
from iot_hub.operations.demo.car.road import Road, Spot, Where

TRAFFIC = 8
"""Ways in which the traffic of a road can be: each is worked out once."""
SPEEDS_UP, SLOWS_DOWN, SIDEWAYS = 1.3, 1.6, 2.0
"""Metres per second squared: how hard the driver accelerates, brakes and takes bends."""
CRAWLING = 1.0
"""Metres per second: the least in a bend."""


class Used(NamedTuple):
    """What has been used on a mild day: litres of fuel, watt hours of the battery."""

    fuel_L: float
    battery_Wh: float


class _Leg(NamedTuple):
    """The way from one spot to the next, or a wait at one."""

    seconds: float
    start: Spot
    end: Spot
    speed: float
    acceleration: float


class Drive:
    """A drive along a road in one of its kinds of traffic, by seconds since its start."""

    def __init__(self, road: Road, traffic: int) -> None:
        """Work the drive out."""
        self.road = road
        draw = Random(f"{road.vias[0].where} {road.vias[-1].where} {traffic}")  # noqa: S311
        self._legs = _legs(road, draw)
        self._starts = list(accumulate((leg.seconds for leg in self._legs), initial=0.0))

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self._starts[-1]

    def at(self, second: float) -> Motion:
        """Return what the car does at a second of it."""
        index = min(max(bisect_right(self._starts, second) - 1, 0), len(self._legs) - 1)
        leg, since = self._legs[index], min(max(second - self._starts[index], 0.0), self._legs[index].seconds)
        gone = max(leg.speed * since + leg.acceleration * since**2 / 2, 0.0)
        length = leg.end.distance - leg.start.distance
        part = min(gone / length, 1.0) if length else 0.0
        return Motion(
            leg.start.distance + part * length,
            _part_of(leg.start.where, leg.end.where, part),
            leg.start.bearing,
            max(leg.speed + leg.acceleration * since, 0.0),
            leg.acceleration,
            (leg.end.where[2] - leg.start.where[2]) / length if length else 0.0,
            leg.start.limit,
        )

    @cached_property
    def _used(self) -> list[Used]:
        """What has been used at each whole second."""
        used = [Used(0.0, 0.0)]
        for second in range(math.ceil(self.seconds)):
            share = min(self.seconds - second, 1.0)
            state = Powertrain.of(self.at(second + share / 2))
            used.append(
                Used(
                    used[-1].fuel_L + state.fuel_rate_Lh * share / 3600,
                    used[-1].battery_Wh + state.power_W * share / 3600,
                )
            )
        return used

    def used(self, second: float) -> Used:
        """Return what has been used until a second of it."""
        return self._used[min(math.ceil(second), len(self._used) - 1)]


@lru_cache(maxsize=256)
def drive(road: Road, traffic: int) -> Drive:
    """Return a drive; each is worked out once."""
    return Drive(road, traffic)


def _part_of(start: Where, end: Where, part: float) -> Where:
    a, b, c = (first + part * (last - first) for first, last in zip(start, end, strict=True))
    return a, b, c


def _legs(road: Road, draw: Random) -> list[_Leg]:
    """Return a drive's legs: speeds are lowered ahead of what is slow, and rise no faster than the car does."""
    spots = road.spots
    haste = draw.uniform(0.93, 1.03)
    waits = {spot: draw.uniform(4, 35) for spot in spots if spot.is_junction and draw.random() < 0.6}
    speeds = [0.0 if spot in waits else speed * haste for spot, speed in zip(spots, _speeds(spots), strict=True)]
    speeds[0] = speeds[-1] = 0.0
    for index in range(len(spots) - 2, -1, -1):
        metres = spots[index + 1].distance - spots[index].distance
        speeds[index] = min(speeds[index], math.sqrt(speeds[index + 1] ** 2 + 2 * SLOWS_DOWN * metres))
    for index, (a, b) in enumerate(pairwise(spots), 1):
        metres = b.distance - a.distance
        speeds[index] = min(speeds[index], math.sqrt(speeds[index - 1] ** 2 + 2 * SPEEDS_UP * metres))
    legs = []
    for (a, b), (before, after) in zip(pairwise(spots), pairwise(speeds), strict=True):
        if a in waits:
            legs.append(_Leg(waits[a], a, a, 0.0, 0.0))
        seconds = 2 * (b.distance - a.distance) / (before + after)
        legs.append(_Leg(seconds, a, b, before, (after - before) / seconds))
    return legs


def _speeds(spots: tuple[Spot, ...]) -> list[float]:
    """Return how fast each spot may be passed, by its limit and its bend."""
    bends = [0.0, *(abs((b.bearing - a.bearing + 180) % 360 - 180) for a, b in pairwise(spots))]
    metres = [1.0, *(b.distance - a.distance for a, b in pairwise(spots))]
    speeds = []
    for spot, degrees, length in zip(spots, bends, metres, strict=True):
        curvature = math.radians(degrees) / length
        in_bend = math.sqrt(SIDEWAYS / curvature) if curvature > 1e-6 else math.inf
        speeds.append(max(CRAWLING, min(spot.limit / 3.6, in_bend)))
    return speeds
