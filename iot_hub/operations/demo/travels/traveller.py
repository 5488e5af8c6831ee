"""The phone of somebody who travels: it says how it is moved, and little while it lies still."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from iot_hub.operations.demo.device import Reading, SimulatedDevice
from iot_hub.operations.demo.hours import instant
from iot_hub.operations.demo.travels.people import Person, ola, tom
from iot_hub.operations.demo.travels.ways import Place, beside
from iot_hub.places.place import Place as OwnPlace

SETTLED_SECONDS = 150
"""After arriving the phone takes one more fix, and one before its owner leaves; it is silent between them."""
SHORTEST_SECONDS = 20
NOON = 12.0


@dataclass(frozen=True, kw_only=True)
class Traveller(SimulatedDevice):
    """A phone with years of history; one for work lies at home on days off."""

    type: str = "smartphone"
    person: Person
    years: float
    is_for_work: bool = False

    def day(self, day: date) -> list[Reading]:
        """Return a day's readings, each sent at once."""
        draw = Random(f"{self.seed} phone {day}")  # noqa: S311
        return [_reading(at, place, activity, draw) for at, place, activity in self._whereabouts(day, draw)]

    def _whereabouts(self, day: date, draw: Random) -> Iterator[tuple[float, Place, str | None]]:
        """Yield when and where the phone takes a fix, and what it takes the motion for."""
        plan = self.person.plan(day)
        if not plan.moves or (self.is_for_work and not self.person.works(day)):
            # It shows up once.
            yield instant(day, NOON, self.zone), self.person.home, "stationary"
            return
        arrived = -math.inf
        for move in plan.moves:
            yield from _resting(arrived, move.starts, move.start, draw)
            at, interval = move.starts, move.means.interval or math.inf
            while at < move.ends - SHORTEST_SECONDS:
                yield at, move.position(at), move.means.activity
                at += interval
            arrived = move.ends
        yield from _resting(arrived, math.inf, plan.here, draw)


def _resting(arrived: float, leaves: float, place: Place, draw: Random) -> Iterator[tuple[float, Place, str | None]]:
    """Yield a fix after arriving, and one before leaving unless that is soon."""
    settled, leaving = arrived + draw.uniform(0.2, 1) * SETTLED_SECONDS, leaves - SETTLED_SECONDS
    if -math.inf < settled < leaves - SHORTEST_SECONDS:
        yield settled, place, "stationary"
    if settled + SETTLED_SECONDS < leaving < math.inf:
        yield leaving, place, "stationary"


def _reading(at: float, place: Place, activity: str | None, draw: Random) -> Reading:
    accuracy = draw.uniform(4, 14)
    fix = beside(place, draw.gauss(0, accuracy / 2), draw.gauss(0, accuracy / 2))
    stamp = math.floor(at)
    location = {
        "latitude": round(fix.latitude, 6), "longitude": round(fix.longitude, 6), "fix_accuracy_m": round(accuracy),
    }  # fmt: skip
    motion = {"motion": {"activity": activity}} if activity else {}
    return Reading(stamp, stamp, {"location": location} | motion)


def demo_travellers(zone: ZoneInfo) -> list[Traveller]:
    """Return the phones of people who travel; one person has two of them."""
    first, second = ola(zone), tom(zone)
    return [
        Traveller(name="Ola's phone", home=first.home, seed="ola's", zone=zone, person=first, years=4),
        Traveller(
            name="Ola's work phone",
            home=first.home,
            seed="ola's work",
            zone=zone,
            person=first,
            years=2,
            is_for_work=True,
        ),
        Traveller(name="Tom's phone", home=second.home, seed="tom's", zone=zone, person=second, years=3),
    ]


def demo_places(zone: ZoneInfo) -> list[OwnPlace]:
    """Return what the address book has of them."""
    first, second = ola(zone), tom(zone)
    return [
        OwnPlace("Ola's home", *first.home, "home"),
        OwnPlace("Ola's office", *first.work, "work"),
        OwnPlace("Tom's home", *second.home, "home"),
        OwnPlace("Tom's office", *second.work, "work"),
    ]
