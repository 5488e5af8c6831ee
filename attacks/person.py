"""A person: a home with a door on a street, an area drawn around it, places to go, and habits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import numpy as np

from attacks.clock import Clock
from attacks.plane import Plane, Points, distance_to_polygon, hull, toward
from attacks.town import Town
from iot_hub.operations.demo.route import track

TRACKS = ("cerknica-walk", "cerknica-drive", "mojstrovka-hike", "visnjan-drive")
REAL_TRACK_SHARE = 0.3


@dataclass(frozen=True)
class Person:
    """Who a phone belongs to. Metres, on a plane of one's own."""

    number: int
    plane: Plane
    town: Town
    home: Points
    area: Points
    """Corners of the private area, anticlockwise; home is inside."""
    work: Points | None
    work_starts: float
    shops: tuple[Points, ...]
    friends: tuple[Points, ...]
    walks: tuple[tuple[Points, ...], ...]
    """Places that a walk passes, in order."""
    real_track: str | None
    has_car: bool
    has_dog: bool
    runs: bool
    offline_share: float
    """How many of the stays elsewhere the phone is off or without a network."""
    home_minutes: int
    """Between two reports at home."""
    plugs_in: tuple[float, float, float]
    """How often the phone is charged in a night at home, on the way by car, in a long stay elsewhere."""
    clock: Clock

    @classmethod
    def drawn(cls, number: int, draw: Random) -> Person:
        """Draw a person: everyone's home is far from everyone else's."""
        town = Town.drawn(draw)
        home = _home(town, draw)
        works = draw.random() < 0.75
        walks = tuple(_walk(home, draw, draw.uniform(500, 1500)) for _ in range(draw.randint(2, 4)))
        return cls(
            number=number,
            plane=Plane(draw.uniform(-55, 65), -170 + 340 * ((number * 0.618) % 1)),
            town=town, home=home, area=_area(home, draw),
            work=_place(home, draw, draw.lognormvariate(8.4, 0.8)) if works else None,
            work_starts=draw.choice([6, 7, 7.5, 8, 8, 8.5, 9, 14]) + draw.uniform(-0.3, 0.3),
            shops=tuple(_place(home, draw, draw.uniform(350, 3_500)) for _ in range(draw.randint(2, 4))),
            friends=tuple(_place(home, draw, draw.lognormvariate(8.3, 0.9)) for _ in range(draw.randint(2, 5))),
            walks=walks,
            real_track=draw.choice(TRACKS) if draw.random() < REAL_TRACK_SHARE else None,
            has_car=draw.random() < 0.7, has_dog=draw.random() < 0.25, runs=draw.random() < 0.3,
            offline_share=draw.uniform(0.02, 0.3), home_minutes=draw.choice([5, 5, 5, 10, 15]),
            plugs_in=(
                draw.choice([0.0, 0.6, 0.9, 0.95, 0.95]),
                draw.choice([0.0, 0.0, 1.0]),
                draw.choice([0.0, 0.0, 0.2, 0.6]),
            ),
            clock=Clock.drawn(draw),
        )  # fmt: skip

    def track(self, draw: Random) -> list[Points]:
        """Return a real track, turned and moved so that it begins at a crossing near home."""
        points = np.array([[point.longitude, point.latitude] for point in track(self.real_track or TRACKS[0])])
        metres = Plane(points[0, 1], points[0, 0]).points(points[:, 1], points[:, 0])
        # The same way for the same person: it is where a path is.
        angle = 2 * math.pi * ((self.number * 0.382) % 1)
        turned = metres @ np.array([toward(angle), toward(angle + math.pi / 2)])
        start = self.town.at(*self.town.nearest(self.home + 300 * toward(angle + draw.choice([0.0, 0.5]))))
        return list(turned + start)


def _home(town: Town, draw: Random) -> Points:
    """Build a house some metres beside the middle of a block's side."""
    east, north = draw.randint(-3, 3), draw.randint(-3, 3)
    beside = draw.choice([-1, 1]) * draw.uniform(8, 25)
    if draw.random() < 0.5:
        return town.at(east + draw.uniform(0.15, 0.85), north + beside / town.block[1])
    return town.at(east + beside / town.block[0], north + draw.uniform(0.15, 0.85))


def _area(home: Points, draw: Random) -> Points:
    """Draw around home as people do: 40 to 150 m across, home somewhere inside."""
    across = draw.uniform(40, 150)
    turn = draw.uniform(0, math.pi)
    corners = [
        across / 2 * draw.uniform(0.8, 1.0) * toward(turn + math.tau * n / 5 + draw.uniform(-0.3, 0.3))
        for n in range(5)
    ]
    off_centre = draw.uniform(0, 0.25) * across * toward(draw.uniform(0, math.tau))
    drawn = hull(np.array(corners) + home + off_centre)
    return drawn if distance_to_polygon(home[None], drawn)[0] == 0 else _area(home, draw)


def _place(home: Points, draw: Random, metres: float) -> Points:
    return np.asarray(home + min(max(metres, 300), 25_000) * toward(draw.uniform(0, math.tau)))


def _walk(home: Points, draw: Random, reach: float) -> tuple[Points, ...]:
    """Draw a round: out, across, and back by another way."""
    angle, width = draw.uniform(0, math.tau), draw.uniform(0.2, 1.2)
    return tuple(home + reach * draw.uniform(0.7, 1.2) * toward(angle + side * width) for side in (-0.5, 0.5))
