"""A person's route: along a real GPS track, from home and back."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

METRES_A_DEGREE = 111_195


class Point(NamedTuple):
    """A position some seconds after departure: degrees, metres above sea level."""

    second: float
    latitude: float
    longitude: float
    elevation: float


class Position(NamedTuple):
    """A position and its motion: degrees, metres, metres per second, degrees from north."""

    latitude: float
    longitude: float
    elevation: float
    speed: float
    bearing: float


@cache
def track(name: str) -> tuple[Point, ...]:
    """Read the recorded track of that name; ``tracks/NOTICE.md`` has their sources."""
    text = (files("iot_hub.operations.demo") / "tracks" / f"{name}.json").read_text(encoding="utf-8")
    return tuple(Point(*numbers) for numbers in json.loads(text))


def there_and_back(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the track followed by its reverse."""
    end = points[-1].second
    return (*points, *(point._replace(second=2 * end - point.second) for point in reversed(points[:-1])))


def offset(point: Point, north: float, east: float) -> Point:
    """Return a point moved by some metres."""
    latitude = point.latitude + north / METRES_A_DEGREE
    longitude = point.longitude + east / (METRES_A_DEGREE * math.cos(math.radians(point.latitude)))
    return Point(point.second, latitude, longitude, point.elevation)


def _way(a: Point, b: Point) -> tuple[float, float]:
    """Return the distance (m) and bearing between two points, at most a few kilometres apart."""
    north = METRES_A_DEGREE * (b.latitude - a.latitude)
    east = METRES_A_DEGREE * (b.longitude - a.longitude) * math.cos(math.radians(a.latitude))
    return math.hypot(north, east), math.degrees(math.atan2(east, north)) % 360


class Route:
    """A route in space and time, at rest before its first point and after its last one."""

    def __init__(self, points: Sequence[Point]) -> None:
        """Use at least one point, in ascending order of time."""
        self.points = tuple(points)
        self.duration = points[-1].second
        self._seconds = [point.second for point in points]
        self._motions = [_motion(a, b) for a, b in pairwise(points)]

    def at(self, second: float) -> Position:
        """Return the position some seconds after departure."""
        index = bisect_right(self._seconds, second) - 1
        if not 0 <= index < len(self._motions):
            point = self.points[max(index, 0)]
            return Position(point.latitude, point.longitude, point.elevation, 0.0, 0.0)
        a, b = self.points[index], self.points[index + 1]
        part = (second - a.second) / (b.second - a.second)
        return Position(
            a.latitude + part * (b.latitude - a.latitude),
            a.longitude + part * (b.longitude - a.longitude),
            a.elevation + part * (b.elevation - a.elevation),
            *self._motions[index],
        )

    def highest(self) -> float:
        """Return the second of the highest point."""
        return max(self.points, key=lambda point: point.elevation).second


def _motion(a: Point, b: Point) -> tuple[float, float]:
    metres, bearing = _way(a, b)
    return metres / (b.second - a.second), bearing


def from_home(home: Point, points: Sequence[Point], speed: float) -> Route:
    """Return the route from home along a track and back home, at a speed (m/s) off the track."""
    before = max(1.0, _way(home, points[0])[0] / speed)
    after = max(1.0, _way(points[-1], home)[0] / speed)
    way = [point._replace(second=point.second + before) for point in points]
    return Route([home._replace(second=0.0), *way, home._replace(second=way[-1].second + after)])
