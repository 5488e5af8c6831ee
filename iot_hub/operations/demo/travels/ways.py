"""How people move from one place to another: by what means, how fast, and along which line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import NamedTuple

from iot_hub.operations.demo.route import METRES_A_DEGREE


class Place(NamedTuple):
    """Degrees north and east."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Means:
    """Metres a second, seconds between two fixes (0: none on the way), what the app calls it, and how much it winds."""

    speed: float
    interval: int
    activity: str | None
    winding: float


ON_FOOT = Means(1.35, 60, "walking", 0.10)
BICYCLE = Means(4.8, 60, "cycling", 0.07)
TRAM = Means(7.0, 60, "automotive", 0.06)
CAR = Means(19.0, 90, "automotive", 0.06)
TRAIN = Means(34.0, 180, "train", 0.04)
FERRY = Means(10.0, 600, "boat", 0.02)
# A phone in flight mode: the hub sees that it was a flight.
PLANE = Means(235.0, 0, None, 0.0)


@dataclass(frozen=True)
class Move:
    """A way from one place to another, from a unix second on."""

    starts: float
    start: Place
    end: Place
    means: Means

    @property
    def ends(self) -> float:
        """When it ends."""
        return self.starts + metres(self.start, self.end) / self.means.speed

    def position(self, at: float) -> Place:
        """Return where one is at an instant: each time on the same winding line."""
        share = (at - self.starts) / (self.ends - self.starts)
        north, east = self.end.latitude - self.start.latitude, self.end.longitude - self.start.longitude
        aside = self.means.winding * _aside(min(self.start, self.end), max(self.start, self.end), share)
        # A degree of longitude is shorter than one of latitude.
        narrow = math.cos(math.radians(self.start.latitude))
        return Place(
            self.start.latitude + north * share + east * narrow * aside,
            self.start.longitude + east * share - north / narrow * aside,
        )


def metres(start: Place, end: Place) -> float:
    """Return the distance of two places: the great circle's."""
    latitudes = math.radians(start.latitude), math.radians(end.latitude)
    across = math.radians(end.longitude - start.longitude)
    half = math.sin((latitudes[1] - latitudes[0]) / 2) ** 2
    half += math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(across / 2) ** 2
    return METRES_A_DEGREE * math.degrees(2 * math.asin(math.sqrt(half)))


def beside(place: Place, north_m: float, east_m: float) -> Place:
    """Return the place some metres to the north and east."""
    narrow = math.cos(math.radians(place.latitude))
    return Place(place.latitude + north_m / METRES_A_DEGREE, place.longitude + east_m / METRES_A_DEGREE / narrow)


def _aside(first: Place, second: Place, share: float) -> float:
    """Return how far aside of the straight line a way is, -1 to 1 of its winding; 0 at its ends."""
    return sum(size * math.sin(math.tau * count * share) for size, count in _bends(first, second)) * math.sin(
        math.pi * share
    )


@cache
def _bends(first: Place, second: Place) -> tuple[tuple[float, float], ...]:
    draw = Random(f"way {first} {second}")  # noqa: S311
    return tuple((draw.uniform(-0.5, 0.5), count) for count in (0.5, 1, 2, 5, 11))
