"""A road as a car meets it: where it goes, how bent it is, how fast one may go, where one may have to stop.

The roads are made up: smooth curves through a few places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from iot_hub.operations.demo.route import METRES_A_DEGREE

STEP_M = 10

Where = tuple[float, float, float]
"""Degrees north and east, metres above sea level."""


class Via(NamedTuple):
    """A place that a road leads through, the limit (km/h) from there on, and whether it is a junction."""

    where: Where
    limit: float = 50
    is_junction: bool = False


class Spot(NamedTuple):
    """A spot on a road: metres from its beginning, where it is, its direction (degrees), the limit (km/h)."""

    distance: float
    where: Where
    bearing: float
    limit: float
    is_junction: bool


@dataclass(frozen=True)
class Road:
    """A road through some places, from the first to the last."""

    vias: tuple[Via, ...]

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """Spots some metres apart, the first and the last place among them."""
        ways = list(pairwise(self._curve()))
        distance = 0.0
        spots = []
        for (via, here), (_, there) in ways:
            metres, bearing = _way(here, there)
            spots.append(Spot(distance, here, bearing, via.limit, via.is_junction and here == via.where))
            distance += metres
        end = self.vias[-1].where
        return (*spots, Spot(distance, end, spots[-1].bearing, spots[-1].limit, is_junction=False))

    @property
    def length(self) -> float:
        """How long it is, in metres."""
        return self.spots[-1].distance

    def reversed(self) -> Road:
        """Return the same road in the other direction, each stretch with its limit."""
        limits = [via.limit for via in self.vias[-2::-1]]
        return Road((*map(_limited, self.vias[:0:-1], limits), self.vias[0]))

    def _curve(self) -> Iterator[tuple[Via, Where]]:
        """Yield the points of a Catmull-Rom curve through the places, each with the place before it."""
        places = [via.where for via in (self.vias[0], *self.vias, self.vias[-1])]
        for index, via in enumerate(self.vias[:-1]):
            around = places[index : index + 4]
            steps = max(2, round(_way(around[1], around[2])[0] / STEP_M))
            yield from ((via, _between(around, step / steps)) for step in range(steps))
        yield self.vias[-1], self.vias[-1].where


def _limited(via: Via, limit: float) -> Via:
    return via._replace(limit=limit)


def _between(around: Sequence[Where], t: float) -> Where:
    """Return a point of the curve from the second of four places to the third."""
    if t == 0:
        return around[1]
    latitude, longitude, elevation = (
        (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3) / 2
        for a, b, c, d in zip(*around, strict=True)
    )
    return latitude, longitude, elevation


def _way(start: Where, end: Where) -> tuple[float, float]:
    """Return the metres and the direction from one place to another, at most a few kilometres away."""
    north = METRES_A_DEGREE * (end[0] - start[0])
    east = METRES_A_DEGREE * (end[1] - start[1]) * math.cos(math.radians(start[0]))
    return math.hypot(north, east), math.degrees(math.atan2(east, north)) % 360
