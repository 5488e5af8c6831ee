"""Fixes of people who live somewhere for years: nights at home, ways by several means, phones that fall silent."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

_DEGREE_M = 111_195.0
_HOME = (50.05, 19.95)
_SPEEDS_MS = (1.3, 4.5, 11.0, 25.0)


@dataclass(frozen=True)
class Fix:
    """A fix of a phone, as the table of fixes has it."""

    at: dt.datetime
    latitude: float
    longitude: float
    accuracy_m: float


def fixes(start: dt.datetime, count: int, seed: int) -> Iterator[Fix]:
    """Yield fixes of one phone: every 20 seconds on the way, every minute at rest, none in half of all rests."""
    chance = random.Random(seed)
    places = [(0.0, 0.0), *((chance.gauss(0, 9000), chance.gauss(0, 9000)) for _ in range(40))]
    now, here, given = start, places[0], 0
    while given < count:
        goal = places[0] if chance.random() < 0.45 else chance.choice(places)
        speed = chance.choice(_SPEEDS_MS)
        rest = dt.timedelta(minutes=chance.choice((25, 90, 240, 500)))
        for seconds, east, north in (*_way(here, goal, speed), *_rest(goal, rest, is_silent=chance.random() < 0.5)):
            now += dt.timedelta(seconds=seconds)
            yield _fix(now, east, north, chance)
            given += 1
            if given == count:
                return
        here = goal


Step = tuple[float, float, float]
"""Seconds since the last fix, and metres to the east and north of home."""


def _way(start: tuple[float, float], goal: tuple[float, float], speed: float) -> Iterator[Step]:
    steps = max(int(math.dist(start, goal) / speed / 20), 1)
    for n in range(1, steps + 1):
        share = n / steps
        yield 20, start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share


def _rest(place: tuple[float, float], rest: dt.timedelta, *, is_silent: bool) -> Iterator[Step]:
    minutes = int(rest.total_seconds() / 60)
    steps = (1, minutes - 1) if is_silent else (1,) * minutes
    for step in steps:
        yield step * 60, *place


def _fix(at: dt.datetime, east: float, north: float, chance: random.Random) -> Fix:
    jump = 120 if chance.random() < 0.02 else 8
    latitude = _HOME[0] + (north + chance.gauss(0, jump)) / _DEGREE_M
    longitude = _HOME[1] + (east + chance.gauss(0, jump)) / _DEGREE_M / math.cos(math.radians(_HOME[0]))
    return Fix(at, round(latitude, 7), round(longitude, 7), 12.0)
