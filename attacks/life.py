"""Some weeks of a person's life: where one is at which second."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

from attacks.person import Person
from attacks.plane import Numbers, Points

HOUR = 3600.0
DAY = 24 * HOUR
HOME, MOVING, STAYING = 0, 1, 2
FOOT, RUN, BIKE, CAR, FAST = 1.35, 2.8, 4.5, 8.5, 19.0


@dataclass
class Life:
    """Knots of a line through time and space; what one does from each knot to the next."""

    seconds: list[float] = field(default_factory=list)
    places: list[Points] = field(default_factory=list)
    doing: list[int] = field(default_factory=list)
    driving: list[bool] = field(default_factory=list)
    offline: list[tuple[float, float]] = field(default_factory=list)

    def stay(self, until: float, doing: int) -> None:
        """Stay where one is."""
        self.doing.append(doing)
        self.driving.append(False)
        self.seconds.append(max(until, self.seconds[-1] + 1))
        self.places.append(self.places[-1])

    def go(self, way: list[Points], speed: float, driving: bool = False) -> None:
        """Go along a way, at a speed in m/s."""
        for place in way:
            metres = math.dist(self.places[-1], place)
            if metres > 0.5:
                self.doing.append(MOVING)
                self.driving.append(driving)
                self.seconds.append(self.seconds[-1] + metres / speed)
                self.places.append(place)

    @property
    def now(self) -> float:
        """The second that life has come to."""
        return self.seconds[-1]

    def at(self, seconds: Numbers) -> tuple[Points, NDArray[np.int64]]:
        """Return the positions at instants, and between which knots they are."""
        places = np.array(self.places)
        index = np.clip(np.searchsorted(self.seconds, seconds, side="right") - 1, 0, len(self.doing) - 1)
        return np.column_stack([np.interp(seconds, self.seconds, places[:, n]) for n in (0, 1)]), index

    def is_offline(self, seconds: Numbers) -> NDArray[np.bool_]:
        """Return at which instants the phone is off or without a network."""
        off = np.zeros(len(seconds), dtype=bool)
        for start, end in self.offline:
            off |= (seconds >= start) & (seconds < end)
        return off


class Living:
    """Lives a person's days one after the other."""

    def __init__(self, person: Person, draw: Random) -> None:
        """Begin at home, on a Monday at midnight."""
        self._person, self._draw = person, draw
        self.life = Life([0.0], [person.home])

    def live(self, days: int) -> Life:
        """Live this many days."""
        for day in range(days):
            self._weekend(day * DAY) if day % 7 >= 5 else self._weekday(day * DAY)
        self._home_until(days * DAY)
        return self.life

    def _weekday(self, midnight: float) -> None:
        person, draw = self._person, self._draw
        if person.has_dog:
            self._round(midnight + draw.gauss(6.3, 0.2) * HOUR, FOOT)
        if person.work is not None and draw.random() < 0.9:
            self._home_until(midnight + (person.work_starts + draw.gauss(0, 0.2)) * HOUR)
            self._visit(person.work, draw.gauss(8.3, 0.5) * HOUR)
            if draw.random() < 0.3:
                self._visit(draw.choice(person.shops), draw.uniform(0.2, 0.8) * HOUR)
            self._go_home()
        elif draw.random() < 0.8:
            self._errand(midnight + draw.uniform(9, 13) * HOUR)
        self._evening(midnight)

    def _evening(self, midnight: float) -> None:
        draw, start = self._draw, midnight + self._draw.uniform(17.5, 20) * HOUR
        if self.life.now > start + HOUR:
            return
        chance = draw.random()
        if self._person.has_dog or chance < 0.2:
            self._round(start, RUN if self._person.runs and draw.random() < 0.5 else FOOT)
        elif chance < 0.35:
            self._home_until(start)
            self._visit(draw.choice(self._person.friends), draw.uniform(1.2, 3) * HOUR)
            self._go_home()
        elif chance < 0.45:
            self._errand(start)

    def _weekend(self, midnight: float) -> None:
        draw, person = self._draw, self._person
        if self.life.now > midnight + 8 * HOUR:
            return
        if draw.random() < 0.7:
            self._errand(midnight + draw.uniform(9, 11) * HOUR)
        if person.real_track and draw.random() < 0.7:
            self._home_until(midnight + draw.uniform(12, 13.5) * HOUR)
            self._tour()
        elif draw.random() < 0.6:
            self._round(midnight + draw.uniform(13, 16) * HOUR, RUN if person.runs else FOOT)
        if draw.random() < 0.25:
            self._home_until(midnight + draw.uniform(17, 19) * HOUR)
            overnight = draw.random() < 0.5
            self._visit(
                draw.choice(person.friends), draw.uniform(12, 16) * HOUR if overnight else draw.uniform(2, 5) * HOUR
            )
            self._go_home()

    def _home_until(self, until: float) -> None:
        if until > self.life.now:
            self.life.stay(until, HOME)
            if self._draw.random() < self._person.offline_share / 4:
                self.life.offline.append((self.life.seconds[-2] + self._draw.uniform(0, 2) * HOUR, until))

    def _errand(self, start: float) -> None:
        self._home_until(start)
        for shop in self._draw.sample(self._person.shops, self._draw.randint(1, 2)):
            self._visit(shop, self._draw.uniform(0.15, 0.9) * HOUR)
        self._go_home()

    def _visit(self, place: Points, seconds: float) -> None:
        self._travel(place)
        arrived = self.life.now
        self.life.stay(arrived + seconds, STAYING)
        if self._draw.random() < self._person.offline_share:
            around = [self._draw.uniform(-300, 900), self._draw.uniform(-900, 300)]
            self.life.offline.append((arrived + around[0], self.life.now + around[1]))

    def _go_home(self) -> None:
        if self._draw.random() < 0.1:
            # Past home first: to fetch someone, or a parking place.
            self._travel(self._person.home + np.array([self._draw.uniform(-2500, 2500) for _ in "xy"]))
        self._travel(self._person.home)

    def _travel(self, place: Points) -> None:
        person, draw, town = self._person, self._draw, self._person.town
        start, end = town.nearest(self.life.places[-1]), town.nearest(place)
        metres = math.dist(self.life.places[-1], place)
        if metres < 1_200 and draw.random() < 0.8:
            self.life.go([*town.walk(start, end, draw), place], FOOT * draw.uniform(0.85, 1.15))
        elif person.has_car or metres > 7_000:
            speed = (CAR if metres < 5_000 else FAST) * draw.uniform(0.7, 1.2)
            self.life.go([*town.drive(start, end, draw), place], speed, driving=person.has_car)
        else:
            self.life.go([*town.drive(start, end, draw), place], BIKE * draw.uniform(0.8, 1.2))

    def _round(self, start: float, speed: float) -> None:
        self._home_until(start)
        person, draw, town = self._person, self._draw, self._person.town
        speed *= draw.uniform(0.9, 1.1)
        stops = [town.nearest(place) for place in draw.choice(person.walks)]
        nodes = [town.nearest(person.home), *stops, town.nearest(person.home)]
        for a, b in pairwise(nodes):
            self.life.go(town.walk(a, b, draw), speed)
        self.life.go([person.home], speed)

    def _tour(self) -> None:
        """Go along a real track and back."""
        name, points = self._person.real_track or "", self._person.track(self._draw)
        speed = CAR if "drive" in name else FOOT
        self._travel(points[0])
        self.life.go(points, speed)
        self.life.stay(self.life.now + self._draw.uniform(0.2, 1) * HOUR, STAYING)
        self.life.go(points[::-1], speed)
        self._go_home()
